import CRDs
import JSON
import KubernetesAPI

/// Larger data volumes.
///
/// What cannot grow Percona's operator takes back, in the cluster's own spec; so the StorageClass is looked at first.
struct PXCVolumeExpansion {
    private let operation: OperationContext
    private let state: PXCOperationState
    private var spec: DatabaseClusterSpec { operation.cluster.spec }
    private var claims: [PersistentVolumeClaim] { state.plan.claimsInUse }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = PXCOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard let asked = operation.request.spec.volumeExpansion?.storage else {
            return .refused(Refusal("InvalidSize", "volumeExpansion.storage is missing"))
        }
        guard asked >= spec.storage else {
            let largest = (claims.compactMap(\.capacity) + [spec.storage]).max() ?? spec.storage
            return .refused(
                Refusal(
                    "StorageCannotShrink",
                    "storage is \(largest) now and volumes cannot shrink to \(asked); restore into a smaller cluster instead"
                )
            )
        }
        if asked == spec.storage, case .succeeded(let evidence, _) = report() {
            return .alreadySo(message: evidence.joined(separator: ", "))
        }
        switch VolumeGrowth(of: claims, operation.observed) {
        case .refused(let refusal): return .refused(refusal)
        case .unknown(let needs): return .need(needs)
        case .possible: break
        }
        if let busy = state.busy ?? incomplete { return .notYet(busy) }
        guard asked == spec.storage else {
            return .specChange(
                SpecChange([("storage", spec.storage.json, asked.json)], log: "storage \(spec.storage) → \(asked)")
            )
        }
        guard state.plan.hasRevertedStorage, let child = state.child else {
            return .intents([], log: "storage is \(asked) already; waiting for the volumes")
        }
        // Without the note of what was asked for before, the cluster's steady state asks again.
        let forget = Intent.patch(
            .pxcCluster,
            child.metadata.key,
            format: .merge,
            body: ["metadata": ["annotations": [PXCAnnotation.requestedStorage: .null]]]
        )
        return .intents([forget], log: "storage is \(asked) already, but was taken back; it is asked for once more")
    }

    /// Volumes grow only with all members there.
    private var incomplete: Refusal? {
        guard operation.request.status.phase != .running, state.pods.count < state.wanted else { return nil }
        return Refusal(
            "MembersMissing",
            "Percona's operator lets volumes grow with all members there; \(state.pods.count) of \(state.wanted) are"
        )
    }

    func report() -> OperationReport {
        guard let asked = operation.request.spec.volumeExpansion?.storage else {
            return .failed(Refusal("InvalidSize", "volumeExpansion.storage is missing"))
        }
        if let refusal = reverted(asked) { return .failed(refusal) }
        let done = claims.filter { ($0.capacity ?? Quantity(0)) >= asked }
        let percent = OperationReport.percent(done.count, of: max(claims.count, state.wanted))
        guard let child = state.child, let stored = child.storage, stored >= asked else {
            return .running(percent: percent, waitingFor: "Percona's operator to be told of \(asked)")
        }
        guard claims.count >= state.wanted else {
            return .running(percent: percent, waitingFor: "\(state.wanted) data volumes; there are \(claims.count)")
        }
        if let claim = claims.first(where: { ($0.capacity ?? Quantity(0)) < asked }) {
            let size = claim.capacity.map { "\($0)" } ?? "unknown"
            let cause = claim.resizeFailure.map { " (\($0))" } ?? ""
            return .running(
                percent: percent,
                waitingFor: "volume \(claim.metadata.name) to grow to \(asked); it has \(size)\(cause)"
            )
        }
        guard !child.isResizing else {
            return .running(percent: percent, waitingFor: "Percona's operator to end the growing of the volumes")
        }
        return .succeeded(evidence: done.map { "volume \($0.metadata.name) has \($0.capacity ?? asked)" })
    }

    /// The only sign of a failure: the size in the cluster's own spec is that of before.
    private func reverted(_ asked: Quantity) -> Refusal? {
        guard state.plan.hasRevertedStorage, asked == spec.storage, let stored = state.child?.storage else {
            return nil
        }
        let cause = claims.compactMap(\.resizeFailure).first ?? state.child.map(\.words) ?? ""
        return Refusal(
            "ExpansionReverted",
            "the volumes could not grow to \(asked), and Percona's operator has gone back to \(stored)"
                + "\(cause.isEmpty ? "" : ": \(cause)"); file the request again when the cause is gone"
        )
    }
}
