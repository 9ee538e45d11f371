import Foundation
import JSON
import Synchronization
import TestPrograms
import Testing

extension EndToEndTests {
    /// An operator to whom something between it and its API server does not tell the truth.
    ///
    /// Always on the sandbox, which speaks plain HTTP, so that somebody can stand in between.
    @Suite("A server that lies")
    struct LyingServerTests {
        enum Kind: String, CaseIterable {
            case halfAnObject, half, wrongKind, logInPage, badGateway, nonsense

            /// What readiness has to say of it.
            var words: [String] {
                switch self {
                case .logInPage: ["200, text/html", "is there a proxy in between", "Please log in"]
                case .badGateway: ["502, text/html", "is there a proxy in between", "Please log in"]
                case .half: ["was lost"]
                case .halfAnObject, .wrongKind, .nonsense: ["ended before all objects had been sent"]
                }
            }

            var lie: LyingServer.Lie {
                let html = "<html><body><h1>Please log in</h1></body></html>"
                return switch self {
                case .halfAnObject: LyingServer.Lie(body: #"{"kind":"DatabaseClusterList","items":[{"metadata":{"na"#)
                case .half: LyingServer.Lie(body: #"{"kind":"DatabaseClusterList","items":["#, promised: 5000)
                case .wrongKind:
                    LyingServer.Lie(body: #"{"kind":"PodList","apiVersion":"v1","items":[{"spec":7},"pod",null]}"#)
                case .logInPage: LyingServer.Lie(type: "text/html", body: html)
                case .badGateway: LyingServer.Lie(status: "502 Bad Gateway", type: "text/html", body: html)
                case .nonsense: LyingServer.Lie(body: String(repeating: "\u{1}\u{7f}", count: 2000))
                }
            }
        }

        @Test(
            "What is no list of clusters is not taken for one: readiness says why, and the truth is taken up at once",
            .timeLimit(.minutes(2)),
            arguments: Kind.allCases
        )
        func noList(_ kind: Kind) async throws {
            let (sandbox, liar) = try await start()
            defer { liar.close() }
            liar.tell { asked in asked.reads("databaseclusters") ? kind.lie : nil }
            try await sandbox.kubectl.apply(ShutdownTests.clusters(["early"]))
            let process = try operate(sandbox, liar, ["--listen", "127.0.0.1:0"])
            let endpoints = try await OperatorEndpoints(of: process)
            var said = ""
            try await wait("readiness to say why; it says \(said)", within: .seconds(30)) {
                said = try await endpoints.get("/readyz?verbose").text
                return said.contains("[-] databaseclusters.dbaas.io: ") && !said.contains("first answer")
                    && !said.contains("not read yet")
            }
            for word in kind.words { #expect(said.contains(word), "\(said)") }
            #expect(process.isRunning)
            #expect(try await sandbox.kubectl.get("dbc", "early")?["status"] == nil)
            liar.tell { _ in nil }
            try await sandbox.kubectl.run("wait", "--for=condition=Ready", "dbc/early", "--timeout=60s")
            #expect(try await endpoints.get("/readyz").status == 200)
        }

        @Test(
            "A token that is no longer taken is read anew, also when that happens amid watches",
            .timeLimit(.minutes(2))
        )
        func expiredToken() async throws {
            let (sandbox, liar) = try await start()
            defer { liar.close() }
            let file = sandbox.kubectl.folder.path("token")
            try "first-token".write(toFile: file, atomically: true, encoding: .utf8)
            let kubeconfig = sandbox.kubectl.folder.path("by-token")
            try """
            apiVersion: v1
            kind: Config
            clusters: [{name: test, cluster: {server: "http://127.0.0.1:\(liar.port)"}}]
            contexts: [{name: test, context: {cluster: test, user: test}}]
            users: [{name: test, user: {tokenFile: "\(file)"}}]
            current-context: test
            """.write(toFile: kubeconfig, atomically: true, encoding: .utf8)
            liar.tell { Self.refuse($0, unless: "first-token") }
            let process = try Programs.startOperator([
                "run", "--kubeconfig", kubeconfig, "--listen", "off", "--leader-elect=false", "--log-level", "trace",
            ])
            try await sandbox.kubectl.apply(ShutdownTests.clusters(["before"]))
            try await sandbox.kubectl.run("wait", "--for=condition=Ready", "dbc/before", "--timeout=60s")
            try "second-token".write(toFile: file, atomically: true, encoding: .utf8)
            liar.tell { Self.refuse($0, unless: "second-token") }
            try await sandbox.kubectl.apply(ShutdownTests.clusters(["after"]))
            try await sandbox.kubectl.run("wait", "--for=condition=Ready", "dbc/after", "--timeout=60s")
            #expect(!process.errorOutput.contains("first-token") && !process.errorOutput.contains("second-token"))
        }

        @Test(
            "A kind that may not be read is told on /readyz and in the log, and the rest goes on",
            .timeLimit(.minutes(2))
        )
        func oneKindForbidden() async throws {
            let (sandbox, liar) = try await start()
            defer { liar.close() }
            let words = "objectstores.barmancloud.cnpg.io is forbidden: User cannot list resource"
            liar.tell { $0.reads("objectstores") ? .refusal(403, "Forbidden", words) : nil }
            let process = try operate(sandbox, liar, ["--listen", "127.0.0.1:0"])
            let endpoints = try await OperatorEndpoints(of: process)
            try await sandbox.kubectl.apply(ShutdownTests.clusters(["orders"]))
            try await sandbox.kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
            let readiness = try await endpoints.get("/readyz?verbose")
            #expect(readiness.status == 200)
            #expect(readiness.text.contains("[!] objectstores.barmancloud.cnpg.io: \(words)"), "\(readiness.text)")
            let told = process.logged("A kind may not be read").filter { $0["resource"] == "objectstores" }
            #expect(!told.isEmpty && told.allSatisfy { $0["reason"]?.string?.contains(words) == true })
        }

        @Test("A child operator's kind that may not be read is told in the cluster's status", .timeLimit(.minutes(2)))
        func childForbidden() async throws {
            let (sandbox, liar) = try await start()
            defer { liar.close() }
            let words = "clusters.postgresql.cnpg.io is forbidden: User cannot list resource"
            let isForbidden = "postgresql.cnpg.io/v1/clusters"
            liar.tell { $0.target.contains(isForbidden) ? .refusal(403, "Forbidden", words) : nil }
            let process = try operate(sandbox, liar)
            try await sandbox.kubectl.apply(ShutdownTests.clusters(["orders"]))
            let condition = "--for=condition=ProviderAvailable=False"
            try await sandbox.kubectl.run("wait", condition, "dbc/orders", "--timeout=60s")
            let cluster = try #require(try await sandbox.kubectl.get("dbc", "orders"))
            let available = cluster.at("status", "conditions")?.array?.first { $0["type"] == "ProviderAvailable" }
            #expect(available?["reason"] == "Forbidden", "\(available ?? .null)")
            #expect(available?["message"]?.string?.contains(words) == true, "\(available ?? .null)")
            liar.tell { _ in nil }
            try await sandbox.kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
            #expect(process.isRunning)
        }

        @Test(
            "An object over 8 MiB is named in the log with its size, and the others are worked on",
            .timeLimit(.minutes(2))
        )
        func giantObject() async throws {
            let (sandbox, liar) = try await start()
            defer { liar.close() }
            let metadata = #""name":"giant","namespace":"default","uid":"1-2-3","resourceVersion":"1""#
            let filling = String(repeating: "x", count: 9 << 20)
            let giant = #"{"type":"ADDED","object":{"metadata":{\#(metadata)},"spec":{"engine":"\#(filling)"}}}"#
            let stream = LyingServer.Lie(body: giant + "\n" + Self.endOfInitialEvents)
            let hasLied = Mutex(false)
            liar.tell { asked in
                guard asked.reads("databaseclusters") else { return nil }
                return hasLied.withLock { hasLied in
                    defer { hasLied = true }
                    return hasLied ? nil : stream
                }
            }
            let process = try operate(sandbox, liar)
            try await sandbox.kubectl.apply(ShutdownTests.clusters(["small"]))
            try await sandbox.kubectl.run("wait", "--for=condition=Ready", "dbc/small", "--timeout=60s")
            let told = process.logged("An object does not decode and is left out until it changes")
            #expect(told.count == 1 && told[0]["object"] == "default/giant", "\(told)")
            #expect(told.first?["reason"]?.string?.contains("more than are read; make it smaller") == true, "\(told)")
        }

        @Test(
            "Who takes over decides on what is there then, though its own watch had come to a stop before",
            .timeLimit(.minutes(2))
        )
        func standbyBehind() async throws {
            let (sandbox, liar) = try await start()
            defer { liar.close() }
            let stopped = LyingServer.Lie(body: Self.endOfInitialEvents, promised: 1 << 20, comesToAStop: true)
            let hasLied = Mutex(false)
            liar.tell { asked in
                guard asked.reads("databaseclusters") else { return nil }
                hasLied.withLock { $0 = true }
                return stopped
            }
            let elected = ["--listen", "off", "--lease-namespace", "default"] + LeadershipTests.quickLease
            let leader = try Programs.startOperator(["run", "--kubeconfig", sandbox.kubectl.kubeconfig] + elected)
            try await LeadershipTests.waitForLeading(leader)
            let standby = try operate(sandbox, liar, elected, isElected: true)
            try await wait("the stand-by to have been lied to", within: .seconds(30)) { hasLied.withLock(\.self) }
            liar.tell { _ in nil }
            try await sandbox.kubectl.apply(ShutdownTests.clusters(["before"]))
            try await sandbox.kubectl.run("wait", "--for=condition=Ready", "dbc/before", "--timeout=60s")
            leader.signal(SIGKILL)
            try await LeadershipTests.waitForLeading(standby)
            try await sandbox.kubectl.run("scale", "dbc/before", "--replicas=2")
            try await sandbox.kubectl.run("wait", "--for=jsonpath={.status.ready}=2/2", "dbc/before", "--timeout=60s")
        }

        private static let endOfInitialEvents = """
            {"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"1",\
            "annotations":{"k8s.io/initial-events-end":"true"}}}}

            """

        @Test("A certificate for another host is told with the host and what to do", .timeLimit(.minutes(2)))
        func foreignCertificate() async throws {
            let folder = try TemporaryFolder()
            let (key, certificate) = (folder.path("key.pem"), folder.path("certificate.pem"))
            try await openssl(
                "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=db.example.org -addext".split(separator: " ")
                    .map(String.init) + ["subjectAltName=DNS:db.example.org", "-keyout", key, "-out", certificate]
            ).finishWell()
            let port = try Loopback.freePorts(1)[0]
            let server = try openssl([
                "s_server", "-accept", "127.0.0.1:\(port)", "-key", key, "-cert", certificate, "-www", "-quiet",
            ])
            let kubeconfig = folder.path("config")
            try """
            apiVersion: v1
            kind: Config
            clusters: [{name: a, cluster: {server: "https://127.0.0.1:\(port)", certificate-authority: "\(certificate)"}}]
            contexts: [{name: a, context: {cluster: a, user: a}}]
            users: [{name: a, user: {token: a}}]
            current-context: a
            """.write(toFile: kubeconfig, atomically: true, encoding: .utf8)
            let process = try Programs.startOperator([
                "run", "--kubeconfig", kubeconfig, "--leader-elect=false", "--listen", "127.0.0.1:0",
            ])
            let endpoints = try await OperatorEndpoints(of: process)
            var said = ""
            try await wait("readiness to name the host; it says \(said)", within: .seconds(30)) {
                said = try await endpoints.get("/readyz").text
                return said.contains("certificate")
            }
            #expect(said.contains("127.0.0.1") && said.contains("tls-server-name"), "\(said)")
            #expect(server.isRunning && process.isRunning)
        }

        private func openssl(_ arguments: [String]) throws -> ChildProcess {
            try ChildProcess(URL(filePath: "/usr/bin/env"), ["openssl"] + arguments)
        }

        private func start() async throws -> (RunningSandbox, LyingServer) {
            let sandbox = try await RunningSandbox.start(withOperator: false)
            return (sandbox, try LyingServer(to: sandbox.address))
        }

        /// An operator that reaches the sandbox by way of the liar alone.
        private func operate(
            _ sandbox: RunningSandbox,
            _ liar: LyingServer,
            _ arguments: [String] = ["--listen", "off"],
            isElected: Bool = false
        ) throws -> ChildProcess {
            let kubeconfig = sandbox.kubectl.folder.path("lied-to")
            try String(contentsOfFile: sandbox.kubectl.kubeconfig, encoding: .utf8)
                .replacing(sandbox.address, with: "http://127.0.0.1:\(liar.port)")
                .write(toFile: kubeconfig, atomically: true, encoding: .utf8)
            return try Programs.startOperator(
                ["run", "--kubeconfig", kubeconfig, "--leader-elect=\(isElected)"] + arguments
            )
        }

        private static func refuse(_ asked: LyingServer.Asked, unless token: String) -> LyingServer.Lie? {
            asked.authorization == "Bearer \(token)" ? nil : .refusal(401, "Unauthorized", "Unauthorized")
        }
    }
}
