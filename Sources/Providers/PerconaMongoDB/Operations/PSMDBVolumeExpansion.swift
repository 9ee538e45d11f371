import CRDs
import JSON
import KubernetesAPI

/// Larger data volumes.
///
/// Percona's operator goes back to the old size by itself when a volume cannot grow, and its cluster controller must not
/// ask again at once; so the class is looked at first, and a new request is what asks again.
struct PSMDBVolumeExpansion {
    private let operation: OperationContext
    private let state: PSMDBOperationState
    private let claims: [PersistentVolumeClaim]
    private var spec: DatabaseClusterSpec { operation.cluster.spec }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = PSMDBOperationState(operation)
        claims = state.plan.claims
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard let asked = operation.request.spec.volumeExpansion?.storage else { return .refused(missing) }
        let largest = (claims.compactMap(\.capacity) + [spec.storage]).max() ?? spec.storage
        guard asked >= spec.storage else {
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
        guard asked > spec.storage else {
            return .intents(askAgain, log: "storage is \(asked) already; waiting for the volumes")
        }
        if let refusal = state.underWay { return .notYet(refusal) }
        return .specChange(
            SpecChange([("storage", spec.storage.json, asked.json)], log: "storage \(spec.storage) → \(asked)")
        )
    }

    private var missing: Refusal { Refusal("InvalidSize", "volumeExpansion.storage is missing") }

    /// Without this note a size that was taken back counts as one that was never asked for.
    private var askAgain: [Intent] {
        guard let child = state.child, state.plan.hasRevertedStorage else { return [] }
        return [
            .patch(
                .psmdbCluster,
                child.metadata.key,
                format: .merge,
                body: ["metadata": ["annotations": [PSMDBAnnotation.requestedStorage: .null]]]
            )
        ]
    }

    func report() -> OperationReport {
        guard let asked = operation.request.spec.volumeExpansion?.storage else { return .failed(missing) }
        let done = claims.filter { ($0.capacity ?? Quantity(0)) >= asked }
        let percent = OperationReport.percent(done.count, of: max(claims.count, state.wanted))
        guard let child = state.child, let stored = child.replsets.compactMap(\.storage).min(), stored >= asked else {
            return reverted(asked)
                ?? .running(percent: percent, waitingFor: "Percona's operator to be told of \(asked)")
        }
        if let failure = resizeFailure { return .failed(Refusal("ExpansionFailed", failure)) }
        guard claims.count >= state.wanted else {
            return .running(percent: percent, waitingFor: "\(state.wanted) data volumes; there are \(claims.count)")
        }
        if let claim = claims.first(where: { ($0.capacity ?? Quantity(0)) < asked }) {
            let needsRestart = claim.conditions.isTrue("FileSystemResizePending")
            let hint = needsRestart ? " (the driver waits for a restart of its pod: request Restart)" : ""
            let size = claim.capacity.map { "\($0)" } ?? "unknown"
            return .running(
                percent: percent,
                waitingFor: "volume \(claim.metadata.name) to grow to \(asked); it has \(size)\(hint)"
            )
        }
        if let volumes = state.plan.resizing {
            return .running(percent: percent, waitingFor: "StatefulSet \(volumes.metadata.name) to be made anew")
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(evidence: done.map { "volume \($0.metadata.name) has \($0.capacity ?? asked)" })
    }

    private func reverted(_ asked: Quantity) -> OperationReport? {
        // Right after the note was taken away the volumes' size is still the old one.
        guard state.plan.hasRevertedStorage, operation.hasHad(.seconds(5)), state.plan.resizing == nil else {
            return nil
        }
        let cause = claims.lazy.compactMap(\.resizeFailure).first.map { ": \($0)" } ?? ""
        return .failed(
            Refusal(
                "ExpansionReverted",
                "the volumes could not grow to \(asked), and Percona's operator has gone back to their old size\(cause); "
                    + "remove the cause (quota, StorageClass), then request the same VolumeExpansion again"
            )
        )
    }

    /// A failure of before the operation says nothing about it.
    private var resizeFailure: String? {
        claims.lazy.compactMap { claim -> String? in
            let isNew = claim.conditions.contains { condition in
                condition.type.hasSuffix("ResizeError") && condition.status == .true
                    && operation.executedAt.map { condition.lastTransitionTime >= $0 } ?? false
            }
            return isNew ? claim.resizeFailure : nil
        }.first
    }
}
