import Foundation
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("The way through a proxy", .timeLimit(.minutes(1)))
struct ProxyTests {
    private func configuration(server: String, proxy: String) throws -> ClientConfiguration {
        let file = FileManager.default.temporaryDirectory.appending(path: "kubeconfig-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let text = """
            apiVersion: v1
            kind: Config
            current-context: c
            contexts: [{name: c, context: {cluster: k, user: u}}]
            users: [{name: u, user: {token: secret}}]
            clusters: [{name: k, cluster: {server: "\(server)", proxy-url: "\(proxy)"}}]
            """
        try text.write(to: file, atomically: true, encoding: .utf8)
        return try ClientConfiguration.discover(file: file.path, environment: [:])
    }

    @Test("With proxy-url requests and watches go to the proxy, which is told the server's own address")
    func throughProxy() async throws {
        let proxy = try ScriptedServer { _ in [.answer(200, #"{"kind":"Pod"}"#)] }
        let configuration = try configuration(server: "http://api.invalid:6443", proxy: proxy.url)
        let client = KubernetesClient(configuration: configuration, userAgent: "dbaas-operator/1.2.3")
        _ = try await client.get(.pod, ObjectKey(namespace: "a", name: "x"))
        _ = try await client.watch(.pod, namespace: "a", WatchOptions())
        let targets = proxy.requests.map(\.target)
        #expect(targets.first == "http://api.invalid:6443/api/v1/namespaces/a/pods/x")
        #expect(targets.last?.hasPrefix("http://api.invalid:6443/api/v1/namespaces/a/pods?") == true)
        #expect(proxy.requests.allSatisfy { $0.headers["authorization"] == "Bearer secret" })
    }

    @Test("A server with TLS is reached by a tunnel, and a proxy that refuses it is named, without our token")
    func tunnel() async throws {
        let proxy = try ScriptedServer { _ in [.answer(407, "who are you?", type: "text/plain")] }
        let configuration = try configuration(server: "https://api.invalid:6443", proxy: proxy.url)
        let client = KubernetesClient(configuration: configuration, userAgent: "dbaas-operator/1.2.3")
        let error = await #expect(throws: APIError.self) {
            _ = try await client.get(.pod, ObjectKey(namespace: "a", name: "x"))
        }
        let request = try #require(proxy.requests.first)
        #expect(request.method == "CONNECT" && request.target == "api.invalid:6443")
        #expect(request.headers["authorization"] == nil)
        #expect(error?.description.contains("407") == true, "\(String(describing: error))")
    }
}
