import Foundation
import JSON
import Synchronization
import TestPrograms
import Testing

extension Tag {
    /// Runs against kube-apiserver when `KUBEBUILDER_ASSETS` names a folder with it, and against the sandbox otherwise.
    @Tag static var server: Self
}

/// The API server of one test: a real one, or the sandbox in a process of its own.
///
/// Tests use it without asking which of the two it is. It ends with the last one who holds it.
final class TestServer: Sendable {
    private enum Form {
        case sandbox(RunningSandbox)
        case kubernetes(KubernetesServer, resident: ChildProcess?)
    }

    private let form: Form

    private init(_ form: Form) { self.form = form }

    /// Starts it and waits until it serves.
    ///
    /// - Parameters:
    ///   - engines: the child operators beside it, separated by commas; each costs time to install.
    ///   - withOperator: whether an operator works on it from the start.
    static func start(
        speed: Int = 20,
        engines: String = firstEngine,
        withOperator: Bool
    ) async throws -> TestServer {
        guard let assets = KubernetesServer.assets else {
            Self.sayWhich(
                "the sandbox; for a real one name a folder with etcd and kube-apiserver in KUBEBUILDER_ASSETS"
            )
            return TestServer(
                .sandbox(try await RunningSandbox.start(speed: speed, engines: engines, withOperator: withOperator))
            )
        }
        let server = try await KubernetesServer.start(in: assets, speed: speed, engines: engines)
        Self.sayWhich("kube-apiserver \(server.version)")
        let resident =
            withOperator
            ? try Programs.startOperator(["run", "--kubeconfig", server.operatorKubeconfig] + Self.alone) : nil
        return TestServer(.kubernetes(server, resident: resident))
    }

    /// The child operator of most tests.
    static let firstEngine = "cnpg"
    /// Every child operator that there is a stand-in for.
    static let everyEngine = "cnpg,percona-psmdb,percona-pxc,strimzi,kubedb"

    private static let alone = ["--listen", "off", "--leader-elect=false"]

    /// Says once in each run what the tests run against.
    private static func sayWhich(_ server: String) {
        hasSaid.withLock { hasSaid in
            if !hasSaid { print("== The tests tagged for a server run against \(server).") }
            hasSaid = true
        }
    }

    private static let hasSaid = Mutex(false)
}

extension TestServer {
    /// The administrator's kubectl.
    var kubectl: Kubectl {
        switch form {
        case .sandbox(let sandbox): sandbox.kubectl
        case .kubernetes(let server, _): server.kubectl
        }
    }

    /// Such as `https://127.0.0.1:6443`.
    var address: String {
        switch form {
        case .sandbox(let sandbox): sandbox.address
        case .kubernetes(let server, _): server.address
        }
    }

    /// What the stand-ins, or the sandbox around them, said last; for the message of a failed test.
    var lastWordsOfStandIns: String {
        switch form {
        case .sandbox(let sandbox): String(sandbox.log.suffix(2000))
        case .kubernetes(let server, _): server.lastWordsOfStandIns
        }
    }

    /// What an operator comes with.
    var operatorKubeconfig: String {
        switch form {
        case .sandbox(let sandbox): sandbox.kubectl.kubeconfig
        case .kubernetes(let server, _): server.operatorKubeconfig
        }
    }

    /// Where an operator keeps its Lease.
    var operatorNamespace: String {
        switch form {
        case .sandbox: "default"
        case .kubernetes: "dbaas-system"
        }
    }

    /// Starts an operator in a process of its own.
    func startOperator(
        _ arguments: [String] = alone,
        environment: [String: String] = [:]
    ) throws -> ChildProcess {
        try Programs.startOperator(
            ["run", "--kubeconfig", operatorKubeconfig] + arguments,
            environment: environment
        )
    }

    /// Starts an operator that reaches the server by way of the proxy alone.
    func startOperator(_ arguments: [String], by proxy: TCPProxy) throws -> ChildProcess {
        try Programs.startOperator(["run", "--kubeconfig", try kubeconfig(by: proxy)] + arguments)
    }

    private func kubeconfig(by proxy: TCPProxy) throws -> String {
        let text = try String(contentsOfFile: operatorKubeconfig, encoding: .utf8)
        let path = kubectl.folder.path("proxied-\(proxy.port)")
        let scheme = address.prefix { $0 != ":" }
        try text.replacing(address, with: "\(scheme)://127.0.0.1:\(proxy.port)")
            .write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// How many requests operators have sent so far; watches count when they begin.
    func requestsOfOperator() async throws -> Int {
        switch form {
        case .sandbox(let sandbox): try await sandbox.requestsOfOperator()
        case .kubernetes(let server, _): try server.audit().count { $0["stage"] == "RequestReceived" }
        }
    }

    /// What the stand-in counted of a cluster, such as `restarts` and `scalings`.
    func counters(of cluster: String) async throws -> JSONValue {
        switch form {
        case .sandbox(let sandbox): try await sandbox.counters(of: cluster)
        case .kubernetes(let server, _): try await server.counters()["default/\(cluster)"] ?? [:]
        }
    }

    /// Kills it and starts it again on what it has stored; whoever watches from before has to read everything anew.
    ///
    /// Only for a real one.
    func restart() async throws {
        guard case .kubernetes(let server, _) = form else {
            throw Failure("the sandbox loses everything when it is restarted")
        }
        try await server.restart()
    }

    /// Ends it as a person would; 0 when what is ours in it left in order.
    func stop() async throws -> Int32 {
        switch form {
        case .sandbox(let sandbox): try await sandbox.stop()
        case .kubernetes(let server, _): try await server.stopStandIns()
        }
    }

    /// Fails the test when an operator asked for something that its role does not allow, or wrote a field that a kind does
    /// not have, or when the server refused what a stand-in wrote.
    func expectNothingForbidden(sourceLocation: SourceLocation = #_sourceLocation) throws {
        guard case .kubernetes(let server, _) = form else { return }
        for entry in try server.audit() where Self.isRefusedForGood(entry) {
            Issue.record(
                "\(entry["verb"] ?? "") \(entry["requestURI"] ?? ""): \(entry.at("responseStatus", "message") ?? "")",
                sourceLocation: sourceLocation
            )
        }
        let refusals = server.complaints.split(separator: "\n").filter { $0.contains("The server refuses") }
        #expect(refusals.isEmpty, "\(refusals.joined(separator: "\n"))", sourceLocation: sourceLocation)
    }
    private static func isRefusedForGood(_ entry: JSONValue) -> Bool {
        let answer = entry["responseStatus"]
        return answer?["code"] == 403 || answer?["message"]?.string?.contains("strict decoding error") ?? false
    }
}
