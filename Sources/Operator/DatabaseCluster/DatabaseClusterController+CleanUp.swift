import CRDs
import ControllerRuntime
import KubernetesAPI
import KubernetesClient
import Logging
import Providers

extension DatabaseClusterController {
    /// What a cluster that is being deleted leaves behind is decided by its deletionPolicy; the finalizer goes last.
    func cleanUp(_ cluster: DatabaseCluster) async throws -> Outcome {
        guard cluster.metadata.finalizers.contains(APIGroup.cleanupFinalizer) else { return .done }
        guard let provider = try? context.providers.provider(for: cluster.spec) else {
            return try await release(cluster)
        }
        let observed = context.stores.observed(cluster.metadata.key, by: provider, now: .now)
        let view = provider.view(of: cluster, observed)
        let report = view.status()
        // First of all: a child operator would still do it to what shall stay.
        let left = context.retirements(view, of: cluster)
        guard left.isEmpty else {
            return try await remove(
                left,
                of: cluster,
                report,
                doing: "taking back what its operations have asked for"
            )
        }
        guard cluster.spec.deletionPolicy != .protect else {
            let message = "deletionPolicy is Protect: set it to Delete or Retain to let the deletion go on"
            return try await settle(cluster, .deleting(message: message), report: report)
        }
        // "No child is left" must not be read from a store that does not hold the kind.
        if let kind = try await unseenKind(cluster, provider, observed) {
            let message = "waiting until the objects of kind \(kind) are read"
            _ = try await settle(cluster, .deleting(message: message), report: report)
            return .requeue(after: min(.seconds(5), context.interval))
        }
        switch try await cleanUpAnswer(cluster, provider, view, observed) {
        case .done: return try await release(cluster)
        case .need: return .requeue(after: min(.seconds(5), context.interval))
        case .wait(let message):
            _ = try await settle(cluster, .deleting(message: message), report: report)
            return .requeue(after: min(.seconds(5), context.interval))
        case .intents(let intents): return try await remove(intents, of: cluster, report)
        case .abandon(let abandonments):
            for abandonment in abandonments {
                Logger.current.warning(
                    "child_left_behind",
                    metadata: ["reason": "\(abandonment.reason)", "detail": "\(abandonment.message)"]
                )
                context.events.record(EventNote(abandonment, of: cluster))
            }
            return try await remove(abandonments.map(\.intent), of: cluster, report)
        }
    }

    private func remove(
        _ intents: [Intent],
        of cluster: DatabaseCluster,
        _ report: ClusterReport,
        doing what: String = "removing its children"
    ) async throws -> Outcome {
        do {
            for intent in intents { try await context.writer.carryOut(intent, for: cluster.metadata.key) }
        } catch let error as APIError where error.status != nil && !error.isConflict && !error.isTooManyRequests {
            _ = try await settle(cluster, .deleting(message: "\(what) fails: \(error.message)"), report: report)
            return .requeue(after: min(.seconds(5), context.interval))
        }
        _ = try await settle(cluster, .deleting(message: what), report: report)
        return .requeue(after: .seconds(1))
    }

    private static let maximalQuestions = 8

    /// What comes next, asked again for as long as the provider has to know something first.
    private func cleanUpAnswer(
        _ cluster: DatabaseCluster,
        _ provider: any Provider,
        _ view: any ClusterView,
        _ observed: Observed
    ) async throws -> CleanupAnswer {
        var answer = view.cleanup()
        var informed = observed
        // One question may lead to another; a provider that never ends asking is a defect, and is asked again later.
        for _ in 0..<Self.maximalQuestions {
            guard case .need(let needs) = answer else { break }
            informed.answers.merge(try await context.needs.read(needs, isFresh: true)) { $1 }
            answer = provider.cleanup(cluster, informed)
        }
        return answer
    }

    /// A required kind that the stores do not hold although the API server serves it, or nil.
    private func unseenKind(
        _ cluster: DatabaseCluster,
        _ provider: any Provider,
        _ observed: Observed
    ) async throws -> String? {
        for kind in provider.missingKinds(for: cluster, observed) {
            let selector = "\(APIGroup.clusterLabel)=\(cluster.metadata.name)"
            let need = Need.list(kind, namespace: cluster.metadata.namespace, labelSelector: selector)
            if try await context.needs.read([need], isFresh: true)[need] != .absent { return kind.kind }
        }
        return nil
    }

    private func release(_ cluster: DatabaseCluster) async throws -> Outcome {
        try await context.removeFinalizer(DatabaseCluster.resource, cluster.metadata, for: cluster.metadata.key)
        return .done
    }
}

extension EventNote {
    /// Tells the owner of a cluster of what its clean-up leaves behind.
    ///
    /// It names the object as related: notes that differ in their sentence alone would be one event.
    init(_ abandonment: Abandonment, of cluster: DatabaseCluster) {
        let (resource, key) = abandonment.intent.target
        self.init(
            .warning,
            reason: abandonment.reason,
            action: "CleanUp",
            note: abandonment.message,
            regarding: EventSubject(DatabaseCluster.resource, cluster.metadata),
            related: EventSubject(
                apiVersion: resource.apiVersion,
                kind: resource.kind,
                key: key,
                uid: abandonment.uid
            )
        )
    }
}
