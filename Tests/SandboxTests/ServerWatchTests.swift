import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

/// What watches and lists promise beyond what one conversation can show.
@Suite struct ServerWatchTests {
    private let server: APIServer
    private let client: InProcessClient

    init() {
        var options = APIServer.Options()
        options.watchHistory = 10
        server = APIServer(options)
        client = InProcessClient(server: server, fieldManager: "test")
    }

    private func store(_ name: String, _ value: Int) throws -> JSONValue {
        let key = ObjectKey(namespace: "default", name: name)
        if client.get(.configMap, key) != nil {
            return try client.patch(.configMap, key, merge: ["data": ["value": .string("\(value)")]])
        }
        return try client.create(
            .configMap,
            ["metadata": ["namespace": "default", "name": .string(name)], "data": ["value": .string("\(value)")]]
        )
    }

    /// All lines of a watch that ends by itself.
    private func watch(_ query: String) async throws -> [JSONValue] {
        let request = APIRequest(method: "GET", uri: "/api/v1/namespaces/default/configmaps?watch=1&\(query)")
        guard case .stream(var stream) = server.handle(request).body else { return [] }
        var lines: [JSONValue] = []
        while let batch = await stream.next() {
            lines += try batch.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
        }
        return lines
    }

    @Test("A watch that goes on from a version misses no change and tells none twice")
    func resumption() async throws {
        var versions: [String] = []
        for value in 1...8 {
            versions.append(try #require(try store("one", value).at("metadata", "resourceVersion")?.string))
        }
        for start in versions.indices {
            let told = try await watch("resourceVersion=\(versions[start])&timeoutSeconds=0")
            let values = told.compactMap { $0.at("object", "data", "value")?.string }
            #expect(values == (start + 2..<9).map { "\($0)" })
        }
    }

    @Test("A version that the history has left behind is answered with 410, and a newer one is not")
    func expiry() async throws {
        let first = try #require(try store("one", 0).at("metadata", "resourceVersion")?.string)
        for value in 1...50 { _ = try store("one", value) }
        let last = try #require(try store("one", 51).at("metadata", "resourceVersion")?.string)
        let gone = try await watch("resourceVersion=\(first)&timeoutSeconds=0")
        #expect(gone.map { $0["type"] } == ["ERROR"])
        #expect(gone.first?.at("object", "code") == 410)
        #expect(try await watch("resourceVersion=\(last)&timeoutSeconds=0").isEmpty)
    }

    @Test("The pages of a list show one moment, whatever is written between them")
    func consistentPages() throws {
        for number in 0..<6 { _ = try store("c\(number)", 1) }
        func page(_ query: String) throws -> JSONValue {
            let request = APIRequest(method: "GET", uri: "/api/v1/namespaces/default/configmaps?limit=2\(query)")
            guard case .bytes(let bytes) = server.handle(request).body else { return .null }
            return try JSONValue(parsing: bytes)
        }
        var names: [String] = []
        var next = ""
        var pages = 0
        repeat {
            let list = try page(next.isEmpty ? "" : "&continue=\(next)")
            names += (list["items"]?.array ?? []).compactMap { $0.at("metadata", "name")?.string }
            #expect(list["items"]?.array?.allSatisfy { $0.at("data", "value") == "1" } == true)
            next = list.at("metadata", "continue")?.string ?? ""
            pages += 1
            try client.delete(.configMap, ObjectKey(namespace: "default", name: "c\(5 - pages)"))
            _ = try store("b\(pages)", 2)
        } while !next.isEmpty && pages < 10
        #expect(names == (0..<6).map { "c\($0)" })
    }

    @Test("Whoever follows changes is told what is there, then each changed object, and is let go when cancelled")
    func changes() async throws {
        _ = try store("old", 1)
        var iterator = client.changes(of: [.configMap]).makeAsyncIterator()
        #expect(await iterator.next()?.key.name == "old")
        for value in 0..<100 { _ = try store("busy", value) }
        try client.delete(.configMap, ObjectKey(namespace: "default", name: "old"))
        let keys = [await iterator.next()?.key.name, await iterator.next()?.key.name]
        #expect(Set(keys) == ["busy", "old"])
        let waiting = Task { [client] in
            for await _ in client.changes(of: [.lease]) {}
            return true
        }
        waiting.cancel()
        #expect(await waiting.value)
    }

    @Test("A watch that wants bookmarks learns of versions that did not concern it")
    func bookmarks() async throws {
        var options = APIServer.Options()
        options.bookmarkInterval = .milliseconds(50)
        let server = APIServer(options)
        let client = InProcessClient(server: server, fieldManager: "test")
        let request = APIRequest(
            method: "GET",
            uri:
                "/api/v1/configmaps?watch=1&allowWatchBookmarks=true&labelSelector=none&resourceVersion=\(server.store.revision)"
        )
        guard case .stream(var stream) = server.handle(request).body else { return }
        let created = try client.create(.configMap, ["metadata": ["namespace": "default", "name": "other"]])
        let line = try JSONValue(parsing: try #require(await stream.next()))
        #expect(line["type"] == "BOOKMARK")
        #expect(line.at("object", "metadata", "resourceVersion") == created.at("metadata", "resourceVersion"))
    }
}
