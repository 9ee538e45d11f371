import KubernetesAPI
import Logging
import Metrics
import Synchronization

/// Tells once for each version of an object that it does not decode.
final class UndecodableLog: Sendable {
    private struct State: Sendable {
        var seen: Set<String> = []
    }

    private let kind: String
    private let logger: Logger
    private let counter: Counter
    private let report: @Sendable (ObjectKey, String) -> Void
    private let state = Mutex(State())

    /// More distinct objects than this are told anew, so that the memory of them is bounded.
    private static let limit = 10_000

    init(
        kind: String,
        logger: Logger,
        metrics: any MetricsFactory,
        report: @escaping @Sendable (ObjectKey, String) -> Void
    ) {
        self.kind = kind
        self.logger = logger
        self.report = report
        counter = Counter(label: "dbaas_undecodable_objects_total", dimensions: [("kind", kind)], factory: metrics)
        counter.increment(by: 0)
    }

    /// An object with readable metadata.
    func note(_ object: UndecodableObject) {
        let metadata = object.metadata
        guard isNew("\(metadata.uid)/\(metadata.resourceVersion)") else { return }
        counter.increment()
        logger.warning(
            "An object does not decode and is left out until it changes",
            metadata: ["kind": "\(kind)", "object": "\(metadata.key)", "reason": "\(object.reason)"]
        )
        report(metadata.key, object.reason)
    }

    /// Something whose name is not known.
    func note(nameless reason: String) {
        guard isNew(reason) else { return }
        counter.increment()
        logger.warning(
            "An object without readable metadata is left out",
            metadata: ["kind": "\(kind)", "reason": "\(reason)"]
        )
    }

    private func isNew(_ mark: String) -> Bool {
        state.withLock { state in
            if state.seen.count >= Self.limit { state.seen = [] }
            return state.seen.insert(mark).inserted
        }
    }
}
