import Glibc
import HTTP
import Synchronization
import Testing

@Suite("Whole requests", .timeLimit(.minutes(1)))
struct HTTPClientTests {
    @Test("Method, path, fields and body arrive, and the answer comes back with status, fields and body")
    func exchange() async throws {
        let server = try ScriptedServer { _ in [.answer(201, #"{"a":1}"#, headers: ["X-Kind": "test"])] }
        let client = HTTPClient()
        let response = try await client.send(
            HTTPRequest(
                method: "PATCH",
                url: server.url + "/apis/x?force=true",
                headers: ["Content-Type": "application/apply-patch+yaml", "X-Evil": "a\r\nX-Injected: yes"],
                body: Array("{\"b\":\u{0}2}".utf8)
            )
        )
        #expect(response.status == 201)
        #expect(response.headers["x-kind"] == "test")
        #expect(response.body == Array(#"{"a":1}"#.utf8))
        let request = try #require(server.requests.first)
        #expect(request.method == "PATCH")
        #expect(request.target == "/apis/x?force=true")
        #expect(request.text == "{\"b\":\u{0}2}")
        #expect(request.headers["content-type"] == "application/apply-patch+yaml")
        #expect(request.headers["x-injected"] == nil)
    }

    @Test("A host whose name is not found is asked for again and again, and each time the error says that")
    func unknownHost() async throws {
        let client = HTTPClient()
        for _ in 1...3 {
            let error = await #expect(throws: TransportError.self) {
                _ = try await client.send(HTTPRequest(url: "https://no-such-host.invalid/"))
            }
            #expect(error?.kind == .cannotConnect)
        }
    }

    @Test("An empty body is sent as one, and a large one without asking first")
    func bodies() async throws {
        let server = try ScriptedServer { _ in [.answer(200)] }
        let client = HTTPClient()
        _ = try await client.send(HTTPRequest(method: "POST", url: server.url, body: []))
        let large = [UInt8](repeating: 65, count: 3 << 20)
        _ = try await client.send(HTTPRequest(method: "PUT", url: server.url, body: large))
        let requests = server.requests
        #expect(requests.map(\.method) == ["POST", "PUT"])
        #expect(requests[0].headers["content-length"] == "0")
        #expect(requests[1].body.count == large.count)
        #expect(requests[1].headers["expect"] == nil)
    }

    @Test("Requests one after the other share a connection; no more than the allowed number is open at once")
    func keepAlive() async throws {
        let server = try ScriptedServer { _ in [.answer(200, "{}")] }
        var options = HTTPOptions()
        options.requestsInFlight = 3
        let client = HTTPClient(options)
        for _ in 1...5 { _ = try await client.send(HTTPRequest(url: server.url)) }
        #expect(server.connections == 1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...40 { group.addTask { _ = try await client.send(HTTPRequest(url: server.url)) } }
            try await group.waitForAll()
        }
        #expect(server.requests.count == 45)
        #expect(server.connections <= 3)
    }

    @Test("A connection that the server closed while it was idle is replaced without an error")
    func staleConnection() async throws {
        let server = try ScriptedServer { request in
            request.number == 1 ? [.answer(200, "{}"), .close] : [.answer(200, "{}")]
        }
        let client = HTTPClient()
        for _ in 1...2 { #expect(try await client.send(HTTPRequest(url: server.url)).status == 200) }
        #expect(server.connections == 2)
    }

    @Test("A body cut short is an error, never a shorter answer", arguments: [true, false])
    func cutShort(isChunked: Bool) async throws {
        let server = try ScriptedServer { _ in
            isChunked
                ? [.chunkedHead(), .chunk(#"{"half":"#), .close]
                : [.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":"), .close]
        }
        let error = await #expect(throws: TransportError.self) {
            _ = try await HTTPClient().send(HTTPRequest(url: server.url))
        }
        #expect(error?.kind == .connectionLost)
    }

    @Test("A server that nobody runs is named in the error")
    func refused() async throws {
        let url = try freeURL()
        let error = await #expect(throws: TransportError.self) {
            _ = try await HTTPClient().send(HTTPRequest(url: url + "/secret?token=x"))
        }
        #expect(error?.kind == .cannotConnect)
        #expect(error?.message.contains(url) == true)
        #expect(error?.message.contains("token") == false)
    }

    @Test("The whole time ends a request that gets no answer")
    func timeout() async throws {
        let gate = ScriptedServer.Gate()
        let server = try ScriptedServer { _ in [.wait(gate)] }
        let error = await #expect(throws: TransportError.self) {
            _ = try await HTTPClient().send(HTTPRequest(url: server.url, timeout: .milliseconds(50)))
        }
        #expect(error?.kind == .timedOut)
        gate.open()
    }

    @Test("An answer longer than allowed is refused while it arrives")
    func tooLong() async throws {
        let server = try ScriptedServer { _ in [.answer(200, String(repeating: "x", count: 10_000))] }
        var options = HTTPOptions()
        options.bodyLimit = 9_999
        let client = HTTPClient(options)
        let error = await #expect(throws: TransportError.self) {
            _ = try await client.send(HTTPRequest(url: server.url))
        }
        #expect(error?.kind == .tooLarge)
    }

    @Test("Cancelling the task closes the connection at once and lets the next request go")
    func cancellation() async throws {
        let gate = ScriptedServer.Gate()
        let server = try ScriptedServer { $0.number == 1 ? [.wait(gate)] : [.answer(200)] }
        var options = HTTPOptions()
        options.requestsInFlight = 1
        let client = HTTPClient(options)
        let task = Task { try await client.send(HTTPRequest(url: server.url)) }
        for await event in server.events { if case .received = event { break } }
        let queued = Task { try await client.send(HTTPRequest(url: server.url)) }
        task.cancel()
        let error = await #expect(throws: TransportError.self) { _ = try await task.value }
        #expect(error?.kind == .cancelled)
        #expect(try await queued.value.status == 200)
        gate.open()
        for await event in server.events { if case .closed(1) = event { break } }
    }

    @Test("A task that is already cancelled sends nothing that lasts")
    func cancelledBefore() async throws {
        let gate = ScriptedServer.Gate()
        let server = try ScriptedServer { _ in [.wait(gate)] }
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            _ = try await HTTPClient().send(HTTPRequest(url: server.url))
        }
        task.cancel()
        let error = await #expect(throws: TransportError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        gate.open()
    }

    @Test("A request with a delay is sent after it, and those without one are not held up")
    func delay() async throws {
        let server = try ScriptedServer { _ in [.answer(200)] }
        let client = HTTPClient()
        var later = HTTPRequest(url: server.url + "/later")
        later.delay = .milliseconds(50)
        var never = HTTPRequest(url: server.url + "/never")
        never.delay = .seconds(1_000_000)
        let start = ContinuousClock.now
        async let neverSent = client.send(never)
        async let sent = client.send(later)
        _ = try await client.send(HTTPRequest(url: server.url + "/now"))
        _ = try await sent
        #expect(start.duration(to: .now) >= .milliseconds(50))
        #expect(server.requests.map(\.target) == ["/now", "/later"])
        client.shutDown()
        do {
            _ = try await neverSent
            Issue.record("a request was sent before its time")
        } catch {
            #expect((error as? TransportError)?.kind == .shutDown)
        }
    }

    @Test("Tasks that prefer the client's executor run on its one thread, and go on after the client was shut down")
    func executor() async throws {
        let server = try ScriptedServer { _ in [.answer(200)] }
        let client = HTTPClient()
        let threads = Threads()
        try await withTaskExecutorPreference(client.executor) {
            try await withThrowingTaskGroup { group in
                for _ in 0..<20 {
                    group.addTask {
                        threads.note()
                        _ = try await client.send(HTTPRequest(url: server.url))
                        threads.note()
                    }
                }
                try await group.waitForAll()
            }
            #expect(threads.count == 1)
            client.shutDown()
            await client.run()
            for _ in 0..<20 { await Task.yield() }
        }
        #expect(server.requests.count == 20)
    }

    @Test("Shutting down ends what is under way, lets run() return and refuses further requests")
    func shutDown() async throws {
        let gate = ScriptedServer.Gate()
        let server = try ScriptedServer { _ in [.wait(gate)] }
        let client = HTTPClient()
        let running = Task { await client.run() }
        let task = Task { try await client.send(HTTPRequest(url: server.url)) }
        for await event in server.events { if case .received = event { break } }
        client.shutDown()
        let error = await #expect(throws: TransportError.self) { _ = try await task.value }
        #expect(error?.kind == .shutDown)
        await running.value
        let later = await #expect(throws: TransportError.self) {
            _ = try await client.send(HTTPRequest(url: server.url))
        }
        #expect(later?.kind == .shutDown)
        gate.open()
    }

    @Test(
        "What is no usable address is refused in words",
        arguments: ["ftp://x/", "localhost", "https://u:p@x/", "http:///"]
    )
    func badAddress(url: String) async throws {
        let error = await #expect(throws: TransportError.self) {
            _ = try await HTTPClient().send(HTTPRequest(url: url))
        }
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains("u:p") == false)
    }

    /// An address on which nobody listens any more.
    private func freeURL() throws -> String {
        let server = try ScriptedServer { _ in [] }
        server.stop()
        return server.url
    }
}

/// Which threads something ran on.
private final class Threads: Sendable {
    private let seen = Mutex<Set<pthread_t>>([])

    func note() { seen.withLock { _ = $0.insert(pthread_self()) } }

    var count: Int { seen.withLock { $0.count } }
}
