import CRDs
import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import Providers
import Synchronization

/// Makes the children of each DatabaseCluster what they shall be, and shows in its status what they are.
final class DatabaseClusterController: Sendable {
    let context: ControllerContext
    /// By cluster; nothing is kept of one that is gone.
    let applied = Mutex<[ObjectKey: AppliedChildren]>([:])

    /// When clusters may be disturbed.
    let hours = MaintenanceHours()

    private let resting: RestingClusters
    private let pace = Mutex(StatusPace())

    init(_ context: ControllerContext) {
        self.context = context
        resting = RestingClusters(context.stores)
    }

    /// What comes of a look at a cluster of which everything is as the last look left it; nil when a look is needed.
    func outcomeAtRest(_ key: ObjectKey) -> Outcome? {
        guard context.pending.isCaughtUp(key), resting.isResting(key) else { return nil }
        context.metrics.lookedAtCluster()
        return .requeue(after: context.interval)
    }

    /// One look at the cluster of that key.
    func reconcile(_ key: ObjectKey) async throws -> Outcome {
        try await context.locks.withLock(key) {
            // Deciding on a store that is behind our own writes would do things twice.
            if let delay = context.pending.delay(key) { return .requeue(after: delay) }
            guard let cluster = context.stores.clusters.get(key) else {
                context.pending.forget(key)
                applied.withLock { $0[key] = nil }
                resting.disturb(key)
                pace.withLock { $0.forget(key) }
                return .done
            }
            context.metrics.lookedAtCluster()
            if cluster.metadata.isBeingDeleted { return try await cleanUp(cluster) }
            let isHeld = cluster.metadata.finalizers.contains(APIGroup.cleanupFinalizer)
            return try await lookAt(isHeld ? cluster : context.withFinalizer(cluster))
        }
    }

    private func lookAt(_ cluster: DatabaseCluster) async throws -> Outcome {
        let provider: any Provider
        do {
            provider = try context.providers.provider(for: cluster.spec)
        } catch {
            return try await settle(cluster, .withoutProvider(error), report: nil)
        }
        let sight = resting.sight(of: cluster)
        let observed = context.stores.observed(cluster.metadata.key, by: provider, now: .now)
        let view = provider.view(of: cluster, observed)
        // Before anything that may end the look: a child operator carries out what nobody waits for any more, too.
        let failure = await context.retire(view, of: cluster)
        let look = try await prepare(cluster, provider, observed, view)
        let outcome = try await goOn(cluster, provider, look, sight)
        guard let failure else { return outcome }
        resting.disturb(cluster.metadata.key)
        throw failure
    }

    /// Writes what the look has found to be written, and tells the status.
    private func goOn(
        _ cluster: DatabaseCluster,
        _ provider: any Provider,
        _ look: ClusterLook,
        _ sight: RestingClusters.Sight
    ) async throws -> Outcome {
        if case .preparation(let intents) = look.answer {
            for intent in intents { try await context.writer.carryOut(intent, for: cluster.metadata.key) }
            return .requeue(after: .seconds(1))
        }
        guard case .desired(let objects) = look.answer else { return try await settle(cluster, look) }
        let pending: PendingUpdate?
        do {
            let children = try await rendered(objects, for: cluster, by: provider, look)
            pending = children.pending
            let wrote = try await sync(cluster, provider, children, look.observed)
            // What was just written has not been seen yet: the next look, which its being seen brings about, tells the
            // status.
            if wrote { return .requeue(after: .seconds(1)) }
        } catch let failure as ChildWriteFailure {
            if let error = failure.passing { throw error }
            let outcome = try await settle(cluster, failure.verdict, report: look.view.status())
            return failure.isOutage ? .requeue(after: min(.seconds(5), context.interval)) : outcome
        }
        let report = look.view.status()
        guard let unseen = unseenEdit(of: cluster, look.observed) else {
            let written = try await show(.applied, of: cluster, report: report, pending: pending)
            let isWishing = try await context.fileOperations(
                look.view.wishes(),
                for: cluster,
                in: report.phase,
                by: provider
            )
            // Elsewhere time alone can make a difference, as for a member that does not become ready.
            if !isWishing, pending == nil, report.phase == .ready || report.phase == .stopped {
                resting.rest(cluster.metadata.key, sight, written: written.version, answers: look.observed.answers)
            } else {
                resting.disturb(cluster.metadata.key)
            }
            return pending == nil ? written.outcome : lookAgain(at: cluster, noLaterThan: written.outcome)
        }
        let name = "\(unseen.resource.kind) \(unseen.key.name)"
        let message = "\(name) was changed, and its operator has not said anything about it yet"
        _ = try await settle(cluster, .applying(message: message), report: report, pending: pending)
        return .requeue(after: .seconds(1))
    }

    private func unseenEdit(of cluster: DatabaseCluster, _ observed: Observed) -> ChildIdentity? {
        applied.withLock { applied in
            applied[cluster.metadata.key]?.unseen(now: observed.now) { child in
                observed.child(child.resource, named: child.key.name)?.metadata.resourceVersion
            }
        }
    }

    private func settle(_ cluster: DatabaseCluster, _ look: ClusterLook) async throws -> Outcome {
        guard case .verdict(let verdict) = look.answer else { return .requeue(after: context.interval) }
        let outcome = try await settle(cluster, verdict, report: look.view.status())
        return look.after.map { Outcome.requeue(after: min($0, context.interval)) } ?? outcome
    }

    /// Writes the status when it differs, and tells what changed.
    func settle(
        _ cluster: DatabaseCluster,
        _ verdict: ClusterVerdict,
        report: ClusterReport?,
        pending: PendingUpdate? = nil
    ) async throws -> Outcome {
        try await show(verdict, of: cluster, report: report, pending: pending).outcome
    }

    /// The same, and says which version of the cluster it has made; nil when there was nothing to write.
    private func show(
        _ verdict: ClusterVerdict,
        of cluster: DatabaseCluster,
        report: ClusterReport?,
        pending: PendingUpdate?
    ) async throws -> (outcome: Outcome, version: String?) {
        let key = cluster.metadata.key
        let assembly = ClusterStatusAssembly(
            cluster: cluster,
            verdict: verdict,
            report: report,
            operation: context.stores.runningOperation(on: key),
            pending: pending,
            now: .now
        )
        let status = assembly.status()
        guard status != cluster.status else { return (.requeue(after: context.interval), nil) }
        if let pause = pace.withLock({ $0.pause(key, from: cluster.status, to: status, now: .now) }) {
            return (.requeue(after: pause), nil)
        }
        let version = try await context.writeStatus(
            DatabaseCluster.resource,
            cluster.metadata,
            from: cluster.status.json,
            to: status.json,
            for: key
        )
        for event in ClusterEvents.between(cluster.status, status) {
            context.tell(
                event.isWarning ? .warning : .normal,
                event.reason,
                "Reconcile",
                event.note,
                about: DatabaseCluster.resource,
                cluster.metadata
            )
        }
        return (.requeue(after: context.interval), version)
    }
}

extension Stores {
    /// The operation that runs on a cluster, if one does.
    func runningOperation(on cluster: ObjectKey) -> RunningOperation? {
        requests.list(ownedBy: cluster).first { $0.status.phase == .running }.map {
            RunningOperation(name: $0.metadata.name, type: $0.spec.type, progress: $0.status.progress)
        }
    }
}
