import CRDs
import ControllerRuntime
import KubernetesAPI
import Providers

/// What a look at a cluster has come to before anything is written.
struct ClusterLook {
    enum Answer {
        /// The children shall be these.
        case desired([DesiredObject])
        /// Before the children, these are to be carried out.
        case preparation([Intent])
        /// Nothing is to be written to the children.
        case verdict(ClusterVerdict)
    }

    let observed: Observed
    /// What the provider makes of that snapshot.
    let view: any ClusterView
    let answer: Answer
    /// When to look again, if sooner than usual.
    var after: Duration?
}

extension DatabaseClusterController {
    /// How often a provider may ask for more before its answers count as going in circles.
    private static let maximalRounds = 5

    /// Validates, asks the hook, and renders.
    ///
    /// - Parameter view: the provider's, of `observed`.
    func prepare(
        _ cluster: DatabaseCluster,
        _ provider: any Provider,
        _ observed: Observed,
        _ view: any ClusterView
    ) async throws -> ClusterLook {
        var (observed, view) = (observed, view)
        func look(_ verdict: ClusterVerdict, after: Duration? = nil) -> ClusterLook {
            ClusterLook(observed: observed, view: view, answer: .verdict(verdict), after: after)
        }
        let missing = provider.missingKinds(for: cluster, observed)
        guard missing.isEmpty else {
            let refusal = context.stores.refusal(of: missing, by: provider)
            return look(refusal.map(ClusterVerdict.providerForbidden) ?? .providerMissing(missing))
        }
        for _ in 0..<Self.maximalRounds {
            let refusals = view.validate() + hours.refusals(cluster.spec.maintenance, now: observed.now)
            guard refusals.isEmpty else { return look(.refused(refusals)) }
            switch view.preReconcile() {
            case .need(let needs):
                observed.answers.merge(try await context.needs.read(needs, isCurrent: context.stores.isCurrent)) { $1 }
                view = provider.view(of: cluster, observed)
            case .wait(let reason, let message, let after):
                return look(.waiting(reason: reason, message: message), after: after)
            case .prepare(let intents):
                guard !cluster.isPaused else { return look(.paused) }
                return ClusterLook(observed: observed, view: view, answer: .preparation(intents))
            case .proceed:
                guard !cluster.isPaused else { return look(.paused) }
                return ClusterLook(observed: observed, view: view, answer: .desired(view.desiredObjects()))
            }
        }
        throw TerminalError(
            "provider \(provider.name.rawValue) asked \(Self.maximalRounds) times for more about DatabaseCluster "
                + "\(cluster.metadata.key) without deciding: this is a defect of the provider"
        )
    }
}
