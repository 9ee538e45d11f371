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
            // What is about to happen is on record before it happens.
            try await record()
            switch step {
            case .settle(let lookAgain): return lookAgain.map { .requeue(after: $0) } ?? .done
            case .ask: step = try await ask()
            case .execute: step = try await execute()
            case .observe: step = try await observe()
            case .restore(let previous): step = try await restore(previous)
            case .delete: return try await delete()
            }
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
            let answer = handler.execute(operation)
            if case .need(let needs) = answer {
                answers.merge(try await context.needs.read(needs, isFresh: true)) { $1 }
                continue
            }
            self.answer = answer
            return machine.answered(answer)
        }
        return machine.answered(.refused(circling))
    }

    private mutating func execute() async throws -> OperationStep {
        do {
            switch answer {
            case .specChange(let change):
                if change.patch.object?.isEmpty == false { try await patchSpec(change.patch) }
                let native = try await carryOut(change.intents)
                return machine.executed(change.log, native: native)
            case .intents(let intents, let log):
                return machine.executed(log, native: try await carryOut(intents))
            default: return .settle(lookAgain: OperationMachine.observationInterval)
            }
        } catch let refusal as Refusal {
            return machine.reported(.failed(refusal))
        } catch let error as APIError where error.isInvalid || error.isBadRequest || error.isForbidden {
            return machine.reported(.failed(Refusal("WriteRefused", error.message)))
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
            guard case .need(let needs) = report else { return machine.reported(report) }
            answers.merge(try await context.needs.read(needs, isFresh: true)) { $1 }
        }
        return machine.reported(.failed(circling))
    }

    private mutating func restore(_ previous: JSONValue) async throws -> OperationStep {
        do {
            try await patchSpec(SpecChange.restoring(previous))
        } catch let error as APIError where error.isInvalid || error.isBadRequest || error.isForbidden {
            return machine.notRestored(error.message)
        }
        return machine.restored()
    }

    private func delete() async throws -> Outcome {
        try await context.writer.carryOut(
            .delete(OpsRequest.resource, request.metadata.key, uid: request.metadata.uid),
            for: clusterKey
        )
        return .done
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
        try await context.writer.carryOut(
            .patch(
                DatabaseCluster.resource,
                cluster.metadata.key,
                format: .merge,
                body: [
                    "metadata": ["resourceVersion": .string(cluster.metadata.resourceVersion)], "spec": patch,
                ]
            ),
            for: clusterKey
        )
    }

    private func carryOut(_ intents: [Intent]) async throws -> [ObjectReference] {
        var native: [ObjectReference] = []
        for intent in intents {
            let object = try await context.writer.carryOut(intent, for: clusterKey)
            if case .create = intent { native.append(object) }
        }
        return native
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
        let engine = machine.situation.cluster?.spec.engine
        let change = OperationChange(request: request, engine: engine, before: before, after: status)
        context.metrics.count(change)
        change.log(to: Logger.current)
        tell(from: before, to: status)
    }

    private func tell(from before: OpsRequestStatus, to status: OpsRequestStatus) {
        guard before.phase != status.phase, let phase = status.phase, phase != .pending else { return }
        let type = request.spec.type.rawValue
        let name = request.metadata.name
        let note = "\(type): \(status.message.isEmpty ? phase.rawValue : status.message)"
        let severity: EventNote.Severity = phase == .failed ? .warning : .normal
        let reason = phase == .running ? "OperationStarted" : "Operation\(phase.rawValue)"
        context.tell(severity, reason, type, note, about: OpsRequest.resource, request.metadata)
        if let cluster = machine.situation.cluster {
            context.tell(severity, reason, type, "\(name): \(note)", about: DatabaseCluster.resource, cluster.metadata)
        }
    }
}
