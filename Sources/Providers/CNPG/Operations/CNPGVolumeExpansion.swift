import CRDs
import JSON
import KubernetesAPI

/// Larger data volumes.
///
/// A StorageClass that cannot expand would make CloudNativePG fail at every reconcile, with no way back since sizes
/// cannot be lowered; so the class is looked at first.
struct CNPGVolumeExpansion {
    private let operation: OperationContext
    private let state: CNPGOperationState
    private let claims: [PersistentVolumeClaim]
    private var spec: DatabaseClusterSpec { operation.cluster.spec }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = CNPGOperationState(operation)
        claims = state.plan.claims(role: "PG_DATA")
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard let asked = operation.request.spec.volumeExpansion?.storage else {
            return .refused(Refusal("InvalidSize", "volumeExpansion.storage is missing"))
        }
        let largest = (claims.compactMap(\.capacity) + [spec.storage]).max() ?? spec.storage
        guard asked >= spec.storage else {
            return .refused(
                Refusal(
                    "StorageCannotShrink",
                    "storage is \(largest) now and volumes cannot shrink to \(asked); restore into a smaller cluster instead"
                )
            )
        }
        if state.child?.resizesVolumes == false {
            return .refused(
                Refusal(
                    "ExpansionDisabled",
                    "the Cluster's storage.resizeInUseVolumes is false, so CloudNativePG leaves its volumes as they are; "
                        + "remove it first"
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
            return .intents(directPatches(asked), log: "storage is \(asked) already; waiting for the volumes")
        }
        return .specChange(
            SpecChange(
                [("storage", spec.storage.json, asked.json)],
                log: "storage \(spec.storage) → \(asked)",
                intents: directPatches(asked)
            )
        )
    }

    /// With a full disk CloudNativePG stops before it looks at volumes, so they are asked to grow directly.
    private func directPatches(_ asked: Quantity) -> [Intent] {
        guard state.child?.phase == CNPGCluster.diskFullPhase else { return [] }
        return claims.filter { ($0.requested ?? asked) < asked }.map { claim in
            .patch(
                .persistentVolumeClaim,
                claim.metadata.key,
                format: .merge,
                body: ["spec": ["resources": ["requests": ["storage": asked.json]]]]
            )
        }
    }

    func report() -> OperationReport {
        guard let asked = operation.request.spec.volumeExpansion?.storage else {
            return .failed(Refusal("InvalidSize", "volumeExpansion.storage is missing"))
        }
        let done = claims.filter { ($0.capacity ?? Quantity(0)) >= asked }
        let percent = CNPGOperationState.percent(done.count, of: max(claims.count, state.wanted))
        guard let stored = state.child?.storageSize, stored >= asked else {
            return .running(percent: percent, waitingFor: "CloudNativePG to be told of \(asked)")
        }
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
        return .succeeded(evidence: done.map { "volume \($0.metadata.name) has \($0.capacity ?? asked)" })
    }
}
