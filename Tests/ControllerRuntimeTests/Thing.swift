import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import Metrics
import Synchronization

/// A kind whose objects decode only when their `size` is a number.
struct Thing: KubernetesObject, Equatable {
    let metadata: ObjectMeta
    let size: Int64

    static let resource = ResourceType(group: "test.example", version: "v1", plural: "things", kind: "Thing")
    static let kind = ObjectKind<Thing>(resource: resource) { (element) throws(JSONError) in
        guard let metadata = element["metadata"], let size = element["size"]?.integer else {
            throw JSONError(message: "size must be a number", path: "size")
        }
        return Thing(metadata: try ObjectMeta(from: metadata), size: size)
    }

    static func json(_ name: String, _ version: Int, size: String = "1", uid: String? = nil) -> String {
        """
        {"metadata":{"namespace":"shop","name":"\(name)","uid":"\(uid ?? name)","resourceVersion":"\(version)",\
        "labels":{"owner":"o-\(name.prefix(1))"}},"size":\(size)}
        """
    }

    static func event(_ type: String, _ object: String) -> [UInt8] {
        Array("{\"type\":\"\(type)\",\"object\":\(object)}".utf8)
    }

    static func bookmark(_ version: Int, endsInitialEvents: Bool) -> [UInt8] {
        let mark = endsInitialEvents ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : ""
        return event("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"\(version)\"\(mark)}}")
    }
}

/// A server of things that says what a script tells it to, one step for each request.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        /// A watch that sends these lines, and stays open unless `ends`.
        case stream([[UInt8]], ends: Bool = false)
        /// A watch that sends these, and stays open.
        case lines([WatchLine])
        case page(String)
        case fail(ReflectorMachine.Failure)
    }

    private struct State: Sendable {
        var steps: [Step]
        var requests: [String] = []
    }

    private let state: Mutex<State>

    /// After its last step the server holds every request open.
    init(_ steps: [Step]) { state = Mutex(State(steps: steps)) }

    /// What was asked for, in order.
    var requests: [String] { state.withLock { $0.requests } }

    private func next(_ request: String) -> Step? {
        state.withLock { state in
            state.requests.append(request)
            return state.steps.isEmpty ? nil : state.steps.removeFirst()
        }
    }

    private static func hang() async throws -> [UInt8] {
        while true { try await Task.sleep(for: .seconds(3600)) }
    }

    var source: CollectionSource {
        CollectionSource(
            list: { request, _ in
                switch self.next("list limit=\(request.limit ?? 0) continue=\(request.continueToken ?? "")") {
                case .page(let text): return Array(text.utf8)
                case .fail(let failure): throw failure
                case .stream, .lines, nil: return try await Self.hang()
                }
            },
            watch: { request, _, opened, receive in
                let from = request.resourceVersion ?? "-"
                switch self.next("watch \(from)\(request.sendsInitialEvents ? " initial" : "")") {
                case .stream(let lines, let ends):
                    opened()
                    guard receive(lines.map(WatchLine.whole)), !ends else { return }
                    _ = try await Self.hang()
                case .lines(let lines):
                    opened()
                    guard receive(lines) else { return }
                    _ = try await Self.hang()
                case .fail(let failure): throw failure
                case .page, nil: _ = try await Self.hang()
                }
            }
        )
    }

    /// A reflector of all it has, which tells nobody.
    func reflector(into store: ObjectStore<Thing>) -> Reflector<Thing> {
        Reflector(
            kind: Thing.kind,
            store: store,
            source: source,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            metrics: NOOPMetricsHandler.instance
        )
    }
}
