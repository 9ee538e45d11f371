import Foundation
import FoundationNetworking
import JSON
import Synchronization
import TestPrograms

#if canImport(FoundationNetworking)
#endif

/// A real API server with its store, started for one test: `kube-apiserver` and `etcd` from the folder that
/// `KUBEBUILDER_ASSETS` names, and our stand-ins for everything that a bare one lacks.
///
/// Rights are checked (RBAC): the operator comes as its service account, with what `config/rbac` gives it and no more.
final class KubernetesServer: Sendable {
    /// The administrator's.
    let kubectl: Kubectl
    let address: String
    let version: String
    /// What the operator comes with.
    let operatorKubeconfig: String
    private let place: Place
    private let store: ChildProcess
    private let server: Mutex<ChildProcess>
    private let standIns: ChildProcess
    private let reports: URL

    /// The folder with both programs, when there is to be a real server.
    static var assets: URL? {
        ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"].map { URL(filePath: $0) }
    }

    private init(
        _ kubectl: Kubectl,
        _ place: Place,
        version: String,
        operatorKubeconfig: String,
        _ server: Running,
        _ standIns: (process: ChildProcess, reports: URL)
    ) {
        self.kubectl = kubectl
        self.place = place
        address = place.address
        self.version = version
        self.operatorKubeconfig = operatorKubeconfig
        store = server.store
        self.server = Mutex(server.server)
        self.standIns = standIns.process
        reports = standIns.reports
    }

    private struct Running {
        let store: ChildProcess
        let server: ChildProcess
    }

    static func start(in assets: URL, speed: Int, engines: String) async throws -> KubernetesServer {
        let folder = try TemporaryFolder()
        let place = try Place(folder, assets)
        try await place.prepare()
        let store = try ChildProcess(program("etcd", in: assets), place.storeArguments)
        let server = try ChildProcess(program("kube-apiserver", in: assets), place.serverArguments)
        let kubeconfig = folder.path("admin.kubeconfig")
        let kubectl = Kubectl(kubeconfig: kubeconfig, server: server, folder: folder)
        let running = Running(store: store, server: server)
        try await wait("kube-apiserver's certificate", within: .seconds(30)) {
            guard server.isRunning, store.isRunning else { throw place.failure(store, server) }
            return FileManager.default.fileExists(atPath: place.certificate)
        }
        try place.writeKubeconfig(to: kubeconfig, token: place.token, namespace: "default")
        try await waitUntilReady(running, kubectl, place)
        let version = try await JSONValue(parsing: kubectl.run("get", "--raw", "/version"))["gitVersion"]?.string
        let operatorKubeconfig = try await install(kubectl, place, folder)
        let standIns = try await startStandIns(kubeconfig, speed: speed, engines: engines)
        try await waitForDefinitions(kubectl)
        return KubernetesServer(
            kubectl,
            place,
            version: version ?? "of unknown version",
            operatorKubeconfig: operatorKubeconfig,
            running,
            standIns
        )
    }

    private static func waitUntilReady(_ running: Running, _ kubectl: Kubectl, _ place: Place) async throws {
        try await wait("kube-apiserver to be ready", within: .seconds(60)) {
            guard running.server.isRunning, running.store.isRunning else {
                throw place.failure(running.store, running.server)
            }
            return try await kubectl.answer(["get", "--raw", "/readyz"]).status == 0
        }
    }

    /// Kills kube-apiserver, which forgets its history, and starts it again at the same place.
    func restart() async throws {
        let former = server.withLock { $0 }
        former.signal(SIGKILL)
        _ = try await former.finish(within: .seconds(10))
        let next = try ChildProcess(Self.program("kube-apiserver", in: place.assets), place.serverArguments)
        server.withLock { $0 = next }
        try await Self.waitUntilReady(Running(store: store, server: next), kubectl, place)
    }

    private static func program(_ name: String, in assets: URL) throws -> URL {
        let file = assets.appending(path: name)
        guard FileManager.default.isExecutableFile(atPath: file.path) else {
            throw Failure("KUBEBUILDER_ASSETS is \(assets.path), where there is no \(name)")
        }
        return file
    }

    /// What `kubectl apply -k config` installs, but for the Deployment; gives the operator's kubeconfig.
    private static func install(_ kubectl: Kubectl, _ place: Place, _ folder: TemporaryFolder) async throws -> String {
        let config = Programs.repository.appending(path: "config")
        try await kubectl.run("apply", "-f", config.appending(path: "manager/namespace.yaml").path)
        for part in ["crd", "rbac"] { try await kubectl.run("apply", "-k", config.appending(path: part).path) }
        try await kubectl.apply(
            """
            apiVersion: storage.k8s.io/v1
            kind: StorageClass
            metadata: {name: standard, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
            provisioner: sandbox.dbaas.io/volumes
            allowVolumeExpansion: true
            """
        )
        let token = try await kubectl.run("create", "token", "dbaas-operator", "-n", "dbaas-system")
        let kubeconfig = folder.path("operator.kubeconfig")
        let bare = token.trimmingCharacters(in: .whitespacesAndNewlines)
        try place.writeKubeconfig(to: kubeconfig, token: bare, namespace: "dbaas-system")
        return kubeconfig
    }

    private static func waitForDefinitions(_ kubectl: Kubectl) async throws {
        try await wait("the definitions to be established", within: .seconds(30)) {
            try await kubectl.list("crd").allSatisfy { definition in
                definition.at("status", "conditions")?.array?.contains {
                    $0["type"] == "Established" && $0["status"] == "True"
                } ?? false
            }
        }
    }

    private static func startStandIns(
        _ kubeconfig: String,
        speed: Int,
        engines: String
    ) async throws
        -> (process: ChildProcess, reports: URL)
    {
        let process = try Programs.startOperator([
            "stand-ins", "--kubeconfig", kubeconfig, "--speed", "\(speed)", "--engines", engines,
        ])
        var address: URL?
        try await wait("the stand-ins; they said: \(process.errorOutput.suffix(2000))", within: .seconds(30)) {
            address = process.output.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("http") }.flatMap {
                URL(string: String($0))
            }
            return address != nil || !process.isRunning
        }
        guard let address else { throw Failure(process.errorOutput) }
        try await wait("what they install; they said: \(process.errorOutput.suffix(2000))", within: .seconds(180)) {
            process.output.contains("is installed") || !process.isRunning
        }
        guard process.isRunning else { throw Failure(process.errorOutput) }
        return (process, address)
    }

    /// What the stand-ins counted, by cluster.
    func counters() async throws -> JSONValue {
        let (data, _) = try await URLSession.shared.data(from: reports)
        return try JSONValue(parsing: Array(data))
    }

    /// What the stand-ins said last, for the message of a failed test.
    var lastWordsOfStandIns: String { standIns.lastWords }

    /// The operator's requests so far, as the server's audit tells them; each with its `stage`.
    func audit() throws -> [JSONValue] {
        let text = try String(contentsOfFile: kubectl.folder.path("audit.log"), encoding: .utf8)
        return text.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
    }

    func stopStandIns() async throws -> Int32 {
        standIns.signal(SIGTERM)
        return try await standIns.finish(within: .seconds(15))
    }

    /// What the stand-ins complained of.
    var complaints: String { standIns.errorOutput }
}

/// Where one server and its store are, and how they are started.
private struct Place {
    let folder: TemporaryFolder
    let assets: URL
    let token = UUID().uuidString
    private let port: Int
    private let storePort: Int
    private let peerPort: Int

    init(_ folder: TemporaryFolder, _ assets: URL) throws {
        self.folder = folder
        self.assets = assets
        let ports = try Loopback.freePorts(3)
        (port, storePort, peerPort) = (ports[0], ports[1], ports[2])
    }

    var address: String { "https://127.0.0.1:\(port)" }
    var certificate: String { folder.path("certificates/apiserver.crt") }
    private var storeAddress: String { "http://127.0.0.1:\(storePort)" }
    private var peerAddress: String { "http://127.0.0.1:\(peerPort)" }

    /// Keys, the administrator's token, and an audit of the operator alone.
    func prepare() async throws {
        let key = try ChildProcess(
            URL(filePath: "/usr/bin/env"),
            ["openssl", "genrsa", "-out", folder.path("accounts.key"), "2048"]
        )
        try await key.finishWell()
        try "\(token),admin,1,system:masters\n".write(to: "tokens.csv", in: folder)
        try """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [ResponseStarted]
        rules:
        - {level: Metadata, users: ["system:serviceaccount:dbaas-system:dbaas-operator"]}
        - {level: None}
        """.write(to: "audit.yaml", in: folder)
    }

    var storeArguments: [String] {
        [
            "--data-dir", folder.path("store"), "--unsafe-no-fsync", "--log-level", "error",
            "--listen-client-urls", storeAddress, "--advertise-client-urls", storeAddress,
            "--listen-peer-urls", peerAddress, "--initial-advertise-peer-urls", peerAddress,
            "--initial-cluster", "default=\(peerAddress)",
        ]
    }

    var serverArguments: [String] {
        [
            "--etcd-servers", storeAddress, "--bind-address", "127.0.0.1", "--secure-port", "\(port)",
            "--cert-dir", folder.path("certificates"), "--token-auth-file", folder.path("tokens.csv"),
            "--service-account-issuer", "https://kubernetes.default.svc",
            "--service-account-key-file", folder.path("accounts.key"),
            "--service-account-signing-key-file", folder.path("accounts.key"),
            "--service-cluster-ip-range", "10.0.0.0/16", "--authorization-mode", "RBAC",
            // The first needs a controller for tokens, the second one for volumes; the third shows what rights on
            // finalizers are missing.
            "--disable-admission-plugins", "ServiceAccount,StorageObjectInUseProtection",
            "--enable-admission-plugins", "OwnerReferencesPermissionEnforcement",
            "--audit-policy-file", folder.path("audit.yaml"), "--audit-log-path", folder.path("audit.log"),
        ]
    }

    func writeKubeconfig(to path: String, token: String, namespace: String) throws {
        try """
        apiVersion: v1
        kind: Config
        clusters: [{name: test, cluster: {server: "\(address)", certificate-authority: "\(certificate)"}}]
        contexts: [{name: test, context: {cluster: test, user: test, namespace: \(namespace)}}]
        users: [{name: test, user: {token: "\(token)"}}]
        current-context: test
        """.write(toFile: path, atomically: true, encoding: .utf8)
    }

    func failure(_ store: ChildProcess, _ server: ChildProcess) -> Failure {
        Failure(
            """
            \(store.isRunning ? "kube-apiserver" : "etcd") ended.
            etcd said: \(store.errorOutput.suffix(2000))
            kube-apiserver said: \(server.errorOutput.suffix(4000))
            """
        )
    }
}

extension String {
    fileprivate func write(to name: String, in folder: TemporaryFolder) throws {
        try write(toFile: folder.path(name), atomically: true, encoding: .utf8)
    }
}
