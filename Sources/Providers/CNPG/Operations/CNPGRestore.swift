import CRDs
import JSON
import KubernetesAPI

/// Data of an earlier time in a new DatabaseCluster, which is like this one but for where its data comes from.
///
/// CloudNativePG restores into new clusters only.
struct CNPGRestore {
    let operation: OperationContext
    private let sizes: SizeLadder
    let state: CNPGOperationState
    var cluster: DatabaseCluster { operation.cluster }
    var block: OpsRequestSpec.Restore { operation.request.spec.restore ?? .init() }

    init(_ operation: OperationContext, sizes: SizeLadder) {
        self.operation = operation
        self.sizes = sizes
        state = CNPGOperationState(operation)
    }

    func answer() -> OperationAnswer {
        guard let copy = ClusterCopy(operation, child: .cnpgCluster) else { return .refused(Self.inPlace) }
        do throws(Refusal) {
            guard let source = try source(), copy.needs.isEmpty else { return .need(copy.needs + backupNeeds) }
            return try copy.answer(source) { copy in
                CNPGValidation(CNPGPlan(copy, Observed(now: operation.observed.now)), sizes: sizes).refusals().first
            }
        } catch {
            return .refused(error)
        }
    }

    private static let inPlace = Refusal(
        "InPlaceRestoreUnsupported",
        "CloudNativePG restores into new clusters only; name one in restore.into, and let the clients follow when it is "
            + "Ready"
    )

    private var backupNeeds: [Need] {
        guard let name = block.backup, operation.observed.child(.cnpgBackup, named: name) == nil else { return [] }
        let need = Need.object(.cnpgBackup, state.plan.names.key(name))
        return operation.observed.answers[need] == nil ? [need] : []
    }

    func report() -> OperationReport {
        guard let copy = ClusterCopy(operation, child: .cnpgCluster) else { return .failed(Self.inPlace) }
        let name = block.into ?? ""
        return copy.report { answer in
            guard let live = (try? DynamicObject(resource: .cnpgCluster, answer)).map(CNPGCluster.init) else {
                return ClusterCopy.ChildVerdict(isHealthy: false, failure: nil)
            }
            guard CNPGPhase(live.phase) == .broken else {
                return ClusterCopy.ChildVerdict(isHealthy: live.isHealthy, failure: nil)
            }
            let reason = live.phaseReason.isEmpty ? "" : ": \(live.phaseReason)"
            let failure = Refusal(
                "RestoreFailed",
                "CloudNativePG says \"\(live.phase)\(reason)\" of Cluster \(name). DatabaseCluster \(name) is left for a "
                    + "look at it; delete it and restore an earlier time, or another backup"
            )
            return ClusterCopy.ChildVerdict(isHealthy: false, failure: failure)
        }
    }
}
