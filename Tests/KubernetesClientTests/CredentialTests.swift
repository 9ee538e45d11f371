import Foundation
import JSON
import KubernetesAPI
import Testing

@testable import KubernetesClient

/// A folder of its own for each test.
struct TemporaryFolder: ~Copyable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "client-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ name: String, _ text: String, isExecutable: Bool = false) throws -> String {
        let file = path + "/" + name
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        if isExecutable { try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file) }
        return file
    }

    func read(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }
}

@Suite("Credentials", .serialized, .timeLimit(.minutes(1)))
struct CredentialTests {
    private func plugin(
        _ exec: String,
        in folder: borrowing TemporaryFolder,
        version: String = "client.authentication.k8s.io/v1"
    ) throws -> ExecPlugin {
        try ExecPlugin(
            Kubeconfig.Entry(
                fields: [
                    "command": .string(exec), "apiVersion": .string(version), "provideClusterInfo": true,
                    "args": ["get-token", "--for=x y"], "env": [["name": "PROFILE", "value": "dev"]],
                    "installHint": "See the wiki.",
                ],
                folder: folder.path
            ),
            user: "dev",
            cluster: Kubeconfig.Entry(fields: ["server": "https://k.example"], folder: folder.path)
        )
    }

    @Test("A token file is read again when it changes, and a moment without it does no harm")
    func tokenFile() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("token", "one\n")
        let source = CredentialSource(.tokenFile(file))
        #expect(try await source.current().field == "Bearer one")
        try folder.write("token", "two\n")
        #expect(try await source.current().field == "Bearer two")
        try FileManager.default.removeItem(atPath: file)
        #expect(try await source.current().field == "Bearer two")
        let missing = CredentialSource(.tokenFile(file))
        let error = await #expect(throws: CredentialError.self) { _ = try await missing.current() }
        #expect(error?.message.contains(file) == true)
    }

    @Test("After a 401 the token is read anew and the request is sent once more, with the new one")
    func unauthorized() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("token", "old")
        let stale = try FileManager.default.attributesOfItem(atPath: file)[.modificationDate] as? Date
        let server = try ScriptedServer { request in
            request.headers["authorization"] == "Bearer new" ? [.answer(200, "{}")] : [.answer(401, "")]
        }
        var configuration = ClientConfiguration(server: server.url)
        configuration.credentials = .tokenFile(file)
        let client = KubernetesClient(configuration: configuration, userAgent: "t/1")
        let error = await #expect(throws: APIError.self) {
            _ = try await client.get(.pod, ObjectKey(namespace: "a", name: "x"))
        }
        #expect(error?.isUnauthorized == true)
        #expect(server.requests.count == 2)
        // The same length and time: only reading it can tell.
        let handle = try #require(FileHandle(forWritingAtPath: file))
        try handle.write(contentsOf: Data("new".utf8))
        try handle.close()
        try FileManager.default.setAttributes([.modificationDate: try #require(stale)], ofItemAtPath: file)
        #expect(try await client.get(.pod, ObjectKey(namespace: "a", name: "x")) != nil)
    }

    @Test("A token that expires during a watch does not end it, and the next one is opened with the new token")
    func expiryDuringWatch() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("token", "old")
        let server = try ScriptedServer { request in
            guard request.number > 1 else { return [.chunkedHead(), .chunk("{\"a\":1}\n"), .lastChunk] }
            return request.headers["authorization"] == "Bearer renewed"
                ? [.chunkedHead(), .chunk("{\"b\":2}\n"), .lastChunk] : [.answer(401, "")]
        }
        var configuration = ClientConfiguration(server: server.url)
        configuration.credentials = .tokenFile(file)
        let client = KubernetesClient(configuration: configuration, userAgent: "t/1")
        let first = try await client.watch(.pod, namespace: nil, WatchOptions(resourceVersion: "1"))
        try folder.write("token", "renewed")
        #expect(try await first.next() == [.whole(Array("{\"a\":1}".utf8))])
        #expect(try await first.next() == nil)
        let second = try await client.watch(.pod, namespace: nil, WatchOptions(resourceVersion: "2"))
        #expect(try await second.next() == [.whole(Array("{\"b\":2}".utf8))])
        #expect(server.requests.compactMap { $0.headers["authorization"] }.last == "Bearer renewed")
    }

    @Test("Basic credentials are encoded as RFC 7617 says")
    func basic() async throws {
        let source = CredentialSource(.basic(user: "Aladdin", password: "open sesame"))
        #expect(try await source.current().field == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    }

    @Test("Base64 goes both ways, and what is none is refused")
    func base64() throws {
        for length in 0...20 {
            let bytes = (0..<length).map { UInt8(($0 * 83 + 7) & 255) }
            #expect(Base64.encode(bytes) == Data(bytes).base64EncodedString())
            #expect(try Base64.decode(Base64.encode(bytes)) == bytes)
        }
        for text in ["a", "ab=c", "a===", "äb==", "ab!="] {
            #expect(throws: Base64.Illegal.self) { try Base64.decode(text) }
        }
        #expect(try Base64.decode("YW\nJj\n") == Array("abc".utf8))
    }

    @Test("A plugin gets arguments, environment and the cluster, and runs once until its token expires")
    func plugin() async throws {
        let folder = try TemporaryFolder()
        let script = """
            #!/bin/sh
            echo "$1|$2|$PROFILE|$KUBERNETES_EXEC_INFO" >> \(folder.path)/calls
            read line && echo input >> \(folder.path)/calls
            echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",
            "status":{"token":"t-1","expirationTimestamp":"2999-01-01T00:00:00Z"}}'
            """
        try folder.write("login", script, isExecutable: true)
        let source = CredentialSource(.exec(try plugin("./login", in: folder)))
        try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 1...5 { group.addTask { try await source.current().field } }
            for try await field in group { #expect(field == "Bearer t-1") }
        }
        let call =
            #"get-token|--for=x y|dev|{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","#
            + #""spec":{"cluster":{"server":"https://k.example"},"interactive":false}}"#
        #expect(try folder.read("calls") == call + "\n")
        #expect(source.renew(try await source.current()))
        _ = try await source.current()
        #expect(try folder.read("calls") == call + "\n" + call + "\n")
    }

    @Test("An expired answer is not used again")
    func expiry() throws {
        let end = try #require(Timestamp("2026-01-01T00:01:00Z"))
        let credential = try #require(ExecCredential(["token": "t", "expirationTimestamp": .string(end.description)]))
        #expect(credential.isUsable(at: end - .seconds(11)))
        #expect(!credential.isUsable(at: end - .seconds(10)))
        #expect(ExecCredential(["clientCertificateData": "only half"]) == nil)
    }

    @Test("A plugin that is missing, fails or talks nonsense is named, with what to do")
    func badPlugins() async throws {
        let folder = try TemporaryFolder()
        func message(_ command: String) async throws -> String {
            let source = CredentialSource(.exec(try plugin(command, in: folder)))
            let error = await #expect(throws: CredentialError.self) { _ = try await source.current() }
            return error?.message ?? ""
        }
        let missing = try await message("no-such-login")
        #expect(missing.contains("“no-such-login” of user “dev”") && missing.contains("See the wiki."))
        try folder.write("fails", "#!/bin/sh\necho secret-token\nexit 3\n", isExecutable: true)
        let failed = try await message("./fails")
        #expect(failed.contains("ended with 3") && !failed.contains("secret-token"))
        try folder.write(
            "old",
            "#!/bin/sh\necho '{\"kind\":\"ExecCredential\",\"apiVersion\":\"x\"}'\n",
            isExecutable: true
        )
        #expect(try await message("./old").contains("ExecCredential of client.authentication.k8s.io/v1"))
    }

    @Test("A plugin that hangs is stopped")
    func hangingPlugin() {
        let result = ChildProcess.run("sh", ["-c", "sleep 100"], adding: [:], limit: .milliseconds(50))
        #expect(result == .failure(.timedOut(.milliseconds(50))))
    }
}
