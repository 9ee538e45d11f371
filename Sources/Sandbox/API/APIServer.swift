import JSON
import KubernetesAPI
import Synchronization

/// The Kubernetes API: requests in, answers out, objects in memory.
///
/// It knows nothing of sockets. Everything but a watch is answered without waiting, and the stand-ins call the same
/// methods that requests end up in.
final class APIServer: Sendable {
    struct Options: Sendable {
        /// Makes uids and generated names the same in every run.
        var seed: UInt64?
        /// How many events of each kind a watch may start in the past of.
        var watchHistory = 2048
        /// How often a watch that wants bookmarks gets one while nothing happens.
        var bookmarkInterval = Duration.seconds(60)
        /// The webhooks of operators.
        var admission: [any AdmissionPlugin] = []
        /// What is told at /sandbox/NAME, beside the requests.
        var reports: [String: @Sendable () -> JSONValue] = [:]
        /// The rules of definitions that Swift states, by group and plural name.
        var rules: [GroupResource: ObjectRules] = [:]
    }

    let options: Options
    let store: ObjectStore
    let catalogue: KindCatalogue
    let identifiers: Identifiers
    let requests = RequestCounter()
    let faults = FaultBoard()
    /// Kinds whose writers have been told that rules in expressions are not looked at.
    private let warnedKinds = Mutex<Set<GroupResource>>([])

    init(_ options: Options = Options()) {
        self.options = options
        store = ObjectStore(window: options.watchHistory)
        catalogue = KindCatalogue(BuiltInKinds.all)
        identifiers = Identifiers(seed: options.seed)
        for kind in BuiltInKinds.all where !kind.traits.isReview { store.open(kind.storage) }
        createInitialObjects()
    }

    /// Answers one request.
    func handle(_ request: APIRequest) -> APIResponse {
        var response: APIResponse
        do throws(APIFailure) {
            response = try route(request)
        } catch {
            response = .failure(error)
        }
        response.headers.append(("Audit-Id", identifiers.uid()))
        response.headers.append(("Cache-Control", "no-cache, private"))
        return response
    }

    private func route(_ request: APIRequest) throws(APIFailure) -> APIResponse {
        let segments = request.path.split(separator: "/")
        switch segments.first {
        case "api" where segments.count > 2, "apis" where segments.count > 3: return try answerResource(request)
        case "api", "apis": return try answerDiscovery(request, segments)
        case "openapi": return try answerOpenAPI(request, segments)
        case "version": return try answerVersion(request)
        case "readyz", "livez", "healthz": return try get(request) { .text("ok") }
        case "sandbox" where segments.dropFirst().first == "faults":
            return try answerFaults(request, segments.dropFirst(2))
        case "sandbox" where segments.count == 2: return try answerReport(request, String(segments[1]))
        case nil: return try get(request) { rootPaths }
        default: return .pageNotFound
        }
    }

    /// What the sandbox tells of itself, for tests and the curious.
    private func answerReport(_ request: APIRequest, _ name: String) throws(APIFailure) -> APIResponse {
        if name == "requests" { return try get(request) { .json(requests.report) } }
        guard let report = options.reports[name] else { return .pageNotFound }
        return try get(request) { .json(report()) }
    }

    /// An answer that only GET (and HEAD) gets.
    func get(_ request: APIRequest, _ body: () -> APIResponse) throws(APIFailure) -> APIResponse {
        guard ["GET", "HEAD"].contains(request.method) else { throw .methodNotAllowed }
        return body()
    }

    /// The warning that a kind's expressions are not evaluated, for the first who writes such an object.
    func expressionWarnings(_ kind: ServedKind) -> [String] {
        guard kind.traits.isCustom, options.rules[kind.place] == nil, kind.schema.hasExpressionRules,
            warnedKinds.withLock({ $0.insert(kind.place).inserted })
        else { return [] }
        let name = "\(kind.resource.kind).\(kind.resource.group)"
        return ["\(name): the sandbox does not evaluate x-kubernetes-validations of this definition"]
    }

    private var rootPaths: APIResponse {
        let groups = catalogue.current.groups.filter { !$0.isEmpty }.map { "/apis/\($0)" }
        let paths =
            ["/api", "/api/v1", "/apis"] + groups + ["/healthz", "/livez", "/openapi/v3", "/readyz", "/version"]
        return .json(["paths": JSONValue(paths)])
    }
}
