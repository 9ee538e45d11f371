import CRDs
import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import Providers

/// Carries out the steps of one look at a request.
struct OperationRun {
    private let context: ControllerContext
    private var machine: OperationMachine
    /// The request's metadata and status as they stand at the server.
    private var written: (metadata: ObjectMeta, status: OpsRequestStatus)
    private var answers: [Need: NeedAnswer] = [:]
    private var answer: OperationAnswer?

    private var request: OpsRequest { machine.situation.request }
    private var clusterKey: ObjectKey {
        ObjectKey(namespace: request.metadata.namespace, name: request.spec.clusterRef)
    }

    /// How often a handler may ask for more before its answers count as going in circles.
    private static let maximalRounds = 5

    init(_ context: ControllerContext, _ situation: OperationSituation) {
        self.context = context
        machine = OperationMachine(situation)
        written = (situation.request.metadata, situation.request.status)
    }

    /// Steps until the request is settled for now.
    mutating func run() async throws -> Outcome {
        var step = machine.begin()
        while true {
            // What is about to happen is on record before it happens; a question alone changes nothing.
            if step != .ask, step != .plan { try await record() }
            switch step {
            case .settle(let lookAgain): return lookAgain.map { .requeue(after: $0) } ?? .done
            case .delete: return try await delete()
            default: break
            }
            do {
                step = try await take(step)
            } catch let error as APIError where !error.isConflict && !error.isCancelled {
                step = machine.hindered(error.description)
                try await record()
                // The queue knows when to try again, later each time.
                if !machine.status.isFinished { throw error }
            } catch let error as TerminalError {
                step = machine.defect(error.message)
            }
        }
    }

    private mutating func take(_ step: OperationStep) async throws -> OperationStep {
        switch step {
        case .plan: try await plan()
        case .ask: try await ask()
        case .execute: try await execute()
        case .observe: try await observe()
        case .restore(let patch): try await restore(patch)
        case .recover(let restoredAt): try await recover(restoredAt)
        case .settle, .delete: step
        }
    }

    private mutating func plan() async throws -> OperationStep {
        guard let cluster = machine.situation.cluster else { return machine.begin() }
        let dryRun = DryRun(context: context, cluster: cluster, request: request)
        switch try await dryRun.outcome(now: machine.situation.now) {
        case .steps(let steps): return machine.planned(steps)
        case .answer(let answer): return machine.answered(answer)
        }
    }

    private mutating func ask() async throws -> OperationStep {
        for _ in 0..<Self.maximalRounds {
            let operation: OperationContext
            let handler: any OperationsHandler
            switch prepare() {
            case .failure(let refusal): return machine.answered(.refused(refusal))
            case .success(let prepared): (operation, handler) = prepared
            }
            machine.allowedPhases = handler.allowedPhases(of: request.spec.type)
            let answer = handler.execute(operation)
            if case .need(let needs) = answer {
                answers.merge(try await context.needs.read(needs, isFresh: true)) { $1 }
                continue
            }
            if let refusal = refusal(of: answer, operation) { return machine.answered(.refused(refusal)) }
            self.answer = answer
            return machine.answered(answer)
        }
        return machine.answered(.refused(circling))
    }

    /// What the provider would not carry out once it stood in the spec, and says already now; nil when there is nothing.
    ///
    /// What is wrong with the spec as it is does not count: the operation may be the cure.
    private func refusal(of answer: OperationAnswer, _ operation: OperationContext) -> Refusal? {
        guard case .specChange(let change) = answer, operation.request.status.phase != .running,
            let provider = try? context.providers.provider(for: operation.cluster.spec)
        else { return nil }
        var changed = operation.cluster
        do {
            changed.spec = try changed.spec.merging(change.patch)
        } catch {
            return Refusal("InvalidChange", "the cluster's spec would not be readable any more: \(error)")
        }
        let known = Set(provider.validate(operation.cluster, operation.observed))
        return provider.validate(changed, operation.observed).first { !known.contains($0) }
    }

    private mutating func execute() async throws -> OperationStep {
        do {
            switch answer {
            case .specChange(let change):
                let native = try await carryOut(change.intents)
                if change.patch.object?.isEmpty == false { try await patchSpec(change.patch) }
                return machine.executed(native: native)
            case .intents(let intents, _): return machine.executed(native: try await carryOut(intents))
            default: return .settle(lookAgain: OperationMachine.observationInterval)
            }
        } catch let refusal as Refusal {
            return machine.reported(.failed(refusal))
        } catch let refused as RefusedWrite {
            return machine.reported(.failed(Refusal("WriteRefused", refused.description)))
        }
    }

    private mutating func observe() async throws -> OperationStep {
        // The children's answer to what was just written has not been seen yet.
        if let delay = context.pending.delay(clusterKey) { return .settle(lookAgain: delay) }
        for _ in 0..<Self.maximalRounds {
            let operation: OperationContext
            let handler: any OperationsHandler
            switch prepare() {
            case .failure(let refusal): return machine.reported(.failed(refusal))
            case .success(let prepared): (operation, handler) = prepared
            }
            let report = handler.progress(of: operation)
            switch report {
            case .need(let needs): answers.merge(try await context.needs.read(needs, isFresh: true)) { $1 }
            case .further(let intents, let log):
                answer = .intents(intents, log: log)
                return machine.reported(report)
            default: return machine.reported(report)
            }
        }
        return machine.reported(.failed(circling))
    }

    private mutating func restore(_ patch: JSONValue) async throws -> OperationStep {
        switch prepare() {
        case .failure(let refusal): return machine.notRestored(refusal.message)
        case .success(let (operation, handler)):
            // Some effects are there to stay.
            if let refusal = handler.irreversible(operation) {
                return machine.notRestored(refusal.message, reason: refusal.reason)
            }
        }
        do {
            try await patchSpec(patch)
        } catch let refused as RefusedWrite {
            return machine.notRestored(refused.description)
        }
        return machine.restored()
    }

    private mutating func recover(_ restoredAt: Timestamp) async throws -> OperationStep {
        if let delay = context.pending.delay(clusterKey) { return .settle(lookAgain: delay) }
        if case .success(let (operation, handler)) = prepare() {
            do {
                _ = try await carryOut(handler.recovery(of: operation, restoredAt: restoredAt))
            } catch let refused as RefusedWrite {
                return machine.recovered(but: refused.description)
            }
        }
        return machine.recovered()
    }

    private func delete() async throws -> Outcome {
        try await context.writer.carryOut(
            .delete(OpsRequest.resource, request.metadata.key, uid: request.metadata.uid),
            for: clusterKey
        )
        return .done
    }
}

/// A write that the API server will not take however often it is tried; its sentence names the object.
private struct RefusedWrite: Error, CustomStringConvertible {
    let target: (resource: ResourceType, key: ObjectKey)
    let answer: APIError

    var description: String {
        "the API server refuses the change of \(target.resource.kind) \(target.key.name): \(answer.message)"
    }
}

// MARK: - Reading and writing

extension OperationRun {
    private var circling: Refusal {
        Refusal(
            "ProviderDefect",
            "the provider asked \(Self.maximalRounds) times for more without deciding; nothing more was done"
        )
    }

    private func prepare() -> Result<(OperationContext, any OperationsHandler), Refusal> {
        guard let cluster = machine.situation.cluster else {
            return .failure(Refusal("ClusterNotFound", "DatabaseCluster \(request.spec.clusterRef) does not exist"))
        }
        return Result { () throws(Refusal) in
            let provider = try context.providers.provider(for: cluster.spec)
            let now = machine.situation.now
            var current = request
            current.status = machine.status
            let observed = context.stores.observed(clusterKey, by: provider, now: now, answers: answers)
            let attempt = max(1, machine.status.attempt)
            let operation = OperationContext(cluster: cluster, request: current, observed: observed, attempt: attempt)
            return (operation, provider.operations)
        }
    }

    /// Writes the spec on condition that the cluster is still as the decision saw it.
    private func patchSpec(_ patch: JSONValue) async throws {
        guard let cluster = machine.situation.cluster else { return }
        _ = try await carryOut(
            .patch(
                DatabaseCluster.resource,
                cluster.metadata.key,
                format: .merge,
                body: [
                    "metadata": ["resourceVersion": .string(cluster.metadata.resourceVersion)], "spec": patch,
                ]
            )
        )
    }

    private func carryOut(_ intents: [Intent]) async throws -> [ObjectReference] {
        var native: [ObjectReference] = []
        for intent in intents {
            var written = intent
            let object: ObjectReference
            do {
                object = try await carryOut(intent)
            } catch let refused as RefusedWrite {
                guard case .success(let (operation, handler)) = prepare(),
                    let substitute = handler.substitute(for: intent, of: operation)
                else { throw refused }
                written = substitute
                object = try await carryOut(substitute)
            }
            if case .create = written { native.append(object) }
        }
        return native
    }

    private func carryOut(_ intent: Intent) async throws -> ObjectReference {
        do {
            return try await context.writer.carryOut(intent, for: clusterKey)
        } catch let error as APIError where Self.isFinal(error, of: intent) {
            throw RefusedWrite(target: intent.target, answer: error)
        }
    }

    /// Of a creation, not found means that what it belongs to is not there, which the webhooks of some kinds say so.
    private static func isFinal(_ error: APIError, of intent: Intent) -> Bool {
        if error.isInvalid || error.isBadRequest || error.isForbidden { return true }
        guard case .create = intent else { return false }
        return error.isNotFound
    }

    /// Writes the machine's status when it differs from what the server has, and tells what changed.
    private mutating func record() async throws {
        let status = machine.status
        let before = written.status
        guard let difference = JSONMergePatch.difference(from: before.json, to: status.json) else { return }
        let bytes = try await context.client.patch(
            OpsRequest.resource,
            written.metadata.key,
            type: .merge,
            ["metadata": ["resourceVersion": .string(written.metadata.resourceVersion)], "status": difference],
            fieldManager: FieldManager.status,
            subresource: "status"
        )
        let answer = try DynamicObject(resource: OpsRequest.resource, try JSONValue(parsing: bytes))
        context.pending.note(OpsRequest.resource, clusterKey, resourceVersion: answer.metadata.resourceVersion)
        written = (answer.metadata, status)
        tell(from: before, to: status)
    }

    private func tell(from before: OpsRequestStatus, to status: OpsRequestStatus) {
        let engine = machine.situation.cluster?.spec.engine
        let change = OperationChange(request: request, engine: engine, before: before, after: status)
        context.metrics.count(change)
        change.log(to: Logger.current)
        let type = request.spec.type.rawValue
        for event in change.events {
            context.tell(event.severity, event.reason, type, event.note, about: OpsRequest.resource, request.metadata)
            guard let cluster = machine.situation.cluster else { continue }
            let note = "\(request.metadata.name): \(event.note)"
            context.tell(event.severity, event.reason, type, note, about: DatabaseCluster.resource, cluster.metadata)
        }
    }
}
