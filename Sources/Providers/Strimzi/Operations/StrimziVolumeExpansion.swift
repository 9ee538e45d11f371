import CRDs
import JSON
import KubernetesAPI

/// Larger volumes of the brokers.
///
/// A class that cannot expand leaves nothing but a warning, and Strimzi has noted the larger size by then: there would be
/// no way forward and none back. So the class is looked at first.
struct StrimziVolumeExpansion {
    private let operation: OperationContext
    private let state: StrimziOperationState
    private let claims: [PersistentVolumeClaim]
    private var spec: DatabaseClusterSpec { operation.cluster.spec }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = StrimziOperationState(operation)
        claims = state.plan.brokerPool.map { [plan = state.plan] in plan.claims(of: $0) } ?? []
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notManaged { return .refused(refusal) }
        guard let asked = operation.request.spec.volumeExpansion?.storage else {
            return .refused(Refusal("InvalidSize", "volumeExpansion.storage is missing"))
        }
        guard asked >= spec.storage else {
            let largest = (claims.compactMap(\.capacity) + [spec.storage]).max() ?? spec.storage
            return .refused(
                Refusal(
                    "StorageCannotShrink",
                    "storage is \(largest) now and volumes cannot shrink to \(asked); create a cluster with smaller ones and "
                        + "copy the topics"
                )
            )
        }
        if asked == spec.storage {
            if operation.executedAt == nil, case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "storage is \(asked) already; waiting for the volumes")
        }
        switch VolumeGrowth(of: claims, operation.observed) {
        case .refused(let refusal): return .refused(refusal)
        case .unknown(let needs): return .need(needs)
        case .possible: break
        }
        if let claim = claims.first(where: \.isBeingResized) {
            return .notYet(
                Refusal(
                    "ResizeRunning",
                    "volume \(claim.metadata.name) is still growing to an earlier size; waiting for its end"
                )
            )
        }
        return .specChange(
            SpecChange([("storage", spec.storage.json, asked.json)], log: "storage \(spec.storage) → \(asked)")
        )
    }

    func report() -> OperationReport {
        guard let asked = operation.request.spec.volumeExpansion?.storage else {
            return .failed(Refusal("InvalidSize", "volumeExpansion.storage is missing"))
        }
        let done = claims.filter { ($0.capacity ?? Quantity(0)) >= asked && !$0.isBeingResized }
        let percent = OperationReport.percent(done.count, of: max(claims.count, state.wanted))
        guard let stored = state.plan.brokerPool?.storage, stored >= asked else {
            return .running(percent: 0, waitingFor: "Strimzi to be told of \(asked)")
        }
        if let refusal = state.refusedByStrimzi ?? refused(done) { return .failed(refusal) }
        if let words = claims.lazy.filter({ ($0.capacity ?? Quantity(0)) < asked }).compactMap(\.resizeFailure).first {
            return .failed(Refusal("ExpansionFailed", "a volume could not grow: \(words)"))
        }
        guard claims.count >= state.wanted else {
            return .running(percent: percent, waitingFor: "\(state.wanted) volumes; there are \(claims.count)")
        }
        if let claim = claims.first(where: { ($0.capacity ?? Quantity(0)) < asked || $0.isBeingResized }) {
            let needsRestart = claim.conditions.isTrue("FileSystemResizePending")
            let hint = needsRestart ? "; Strimzi restarts its node in its next round, as the driver wants it" : ""
            return .running(
                percent: percent,
                waitingFor: "volume \(claim.metadata.name) to grow to \(asked); it has "
                    + "\(claim.capacity.map { "\($0)" } ?? "an unknown size")\(hint)"
            )
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(evidence: done.map { "volume \($0.metadata.name) has \($0.capacity ?? asked)" })
    }

    /// What Strimzi says in a warning alone, while the Kafka stays Ready.
    private func refused(_ done: [PersistentVolumeClaim]) -> Refusal? {
        guard done.count < claims.count, operation.hasHad(StrimziOperationState.timeToBeSeen),
            let warning = state.kafka?.warning("KafkaStorage") ?? state.kafka?.warning("PvcResizingWarning")
        else { return nil }
        return Refusal("ExpansionRefused", "Strimzi does not grow the volumes: \(warning.words)")
    }
}

extension PersistentVolumeClaim {
    /// Whether an earlier change of its size is still under way.
    var isBeingResized: Bool { conditions.isTrue("Resizing") || conditions.isTrue("FileSystemResizePending") }
}
