import Foundation
import HTTP
import TestPrograms
import Testing

@Suite("TLS", .enabled(if: TLSServer.isPossible, "openssl is not installed"), .timeLimit(.minutes(1)))
struct TLSTests {
    @Test("A server of our authority with the expected name gets our certificate; each part missing is told")
    func trust() async throws {
        let server = try await TLSServer()
        defer { server.stop() }
        var options = HTTPOptions()
        options.tls.authorities = .pem(try server.bytes("ca.crt"))
        options.tls.identity = TLSIdentity(
            certificate: .pem(try server.bytes("me.crt")),
            key: .file(server.path("me.key"))
        )
        options.tls.serverName = "kube.internal"
        let request = HTTPRequest(url: server.url)
        #expect(try await HTTPClient(options).send(request).status == 200)

        var fromFile = options
        fromFile.tls.authorities = .file(server.path("ca.crt"))
        #expect(try await HTTPClient(fromFile).stream(request).status == 200)

        var otherName = options
        otherName.tls.serverName = nil
        #expect(await failure(otherName, request)?.kind == .untrusted)
        var systemAuthorities = options
        systemAuthorities.tls.authorities = nil
        #expect(await failure(systemAuthorities, request)?.kind == .untrusted)
        var noFile = options
        noFile.tls.authorities = .file("/nowhere/ca.crt")
        #expect(await failure(noFile, request)?.message.contains("/nowhere/ca.crt") == true)
        var anonymous = options
        anonymous.tls.identity = nil
        #expect(await failure(anonymous, request)?.kind == .untrusted)
        var careless = systemAuthorities
        careless.tls.isInsecure = true
        #expect(try await HTTPClient(careless).send(request).status == 200)
    }

    private func failure(_ options: HTTPOptions, _ request: HTTPRequest) async -> TransportError? {
        do throws(TransportError) {
            _ = try await HTTPClient(options).send(request)
            return nil
        } catch {
            return error
        }
    }
}

/// openssl's test server, with an authority and certificates made for the occasion.
private struct TLSServer {
    private static let openssl = "/usr/bin/openssl"
    static var isPossible: Bool { FileManager.default.isExecutableFile(atPath: openssl) }

    private let folder: String
    private let process: ChildProcess
    let url: String

    init() async throws {
        folder = NSTemporaryDirectory() + "tls-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        try await Self.start(
            ["req", "-x509"] + key + ["-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=authority"],
            in: folder
        ).finishWell()
        for (name, subject) in [("server", "kube.internal"), ("me", "admin")] {
            let by = ["-CA", "ca.crt", "-CAkey", "ca.key", "-addext", "subjectAltName=DNS:\(subject)"]
            let files = ["-keyout", "\(name).key", "-out", "\(name).crt", "-subj", "/CN=\(subject)"]
            try await Self.start(["req", "-x509"] + by + key + files, in: folder).finishWell()
        }
        let server = try Self.start(
            [
                "s_server", "-accept", "127.0.0.1:0", "-cert", "server.crt", "-key", "server.key", "-CAfile", "ca.crt",
                "-Verify", "1", "-verify_return_error", "-www",
            ],
            in: folder
        )
        process = server
        let said = try await eventually("openssl to listen: \(server.errorOutput)") {
            let said = server.output
            return said.contains("ACCEPT 127.0.0.1:") && said.hasSuffix("\n") ? said : nil
        }
        let port = said.components(separatedBy: "ACCEPT 127.0.0.1:").last?.prefix { $0.isNumber } ?? ""
        url = "https://127.0.0.1:\(port)/"
    }

    func path(_ name: String) -> String { folder + "/" + name }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path(name)))) }

    func stop() {
        process.signal(SIGTERM)
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func start(_ arguments: [String], in folder: String) throws -> ChildProcess {
        try ChildProcess(URL(filePath: openssl), arguments, in: URL(filePath: folder))
    }
}
