import HTTP
import Testing

@Suite("Streams", .timeLimit(.minutes(1)))
struct HTTPStreamTests {
    @Test("The head comes before the body, and the pieces as they are written, however they are cut")
    func pieces() async throws {
        let gates = [ScriptedServer.Gate(), ScriptedServer.Gate()]
        let server = try ScriptedServer { _ in
            [
                .chunkedHead(), .wait(gates[0]), .chunk("one\ntw"), .wait(gates[1]),
                // A chunk's own frame cut in the middle.
                .write("5\r"), .write("\no\nthr\r\n4\r\nee\n!"), .write("\r\n0\r\n\r\n"),
            ]
        }
        let client = HTTPClient()
        let stream = try await client.stream(HTTPRequest(url: server.url, timeout: nil))
        #expect(stream.status == 200)
        gates[0].open()
        #expect(try await stream.next() == Array("one\ntw".utf8))
        gates[1].open()
        var rest: [UInt8] = []
        for try await chunk in stream.chunks { rest += chunk }
        #expect(rest == Array("o\nthree\n!".utf8))
        #expect(try await stream.next() == nil)
    }

    @Test("A connection dropped in the middle gives what had arrived, then an error")
    func dropped() async throws {
        let server = try ScriptedServer { _ in [.chunkedHead(), .chunk("line\nhal"), .close] }
        let client = HTTPClient()
        let stream = try await client.stream(HTTPRequest(url: server.url, timeout: nil))
        #expect(try await stream.next() == Array("line\nhal".utf8))
        let error = await #expect(throws: TransportError.self) { _ = try await stream.next() }
        #expect(error?.kind == .connectionLost)
    }

    @Test("Cancelling the reader closes the connection")
    func cancellation() async throws {
        let server = try ScriptedServer { _ in [.chunkedHead(), .chunk("first")] }
        let client = HTTPClient()
        let stream = try await client.stream(HTTPRequest(url: server.url, timeout: nil))
        let task = Task {
            var chunks = 0
            while try await stream.next() != nil { chunks += 1 }
            return chunks
        }
        task.cancel()
        let error = await #expect(throws: TransportError.self) { _ = try await task.value }
        #expect(error?.kind == .cancelled)
        for await event in server.events { if case .closed(1) = event { break } }
    }

    @Test("Letting go of a stream closes its connection")
    func release() async throws {
        let server = try ScriptedServer { _ in [.chunkedHead()] }
        let client = HTTPClient()
        _ = try await client.stream(HTTPRequest(url: server.url, timeout: nil))
        for await event in server.events { if case .closed(1) = event { break } }
    }

    @Test("Streams do not use up the connections of requests")
    func separatePools() async throws {
        let server = try ScriptedServer { $0.target == "/watch" ? [.chunkedHead()] : [.answer(200)] }
        var options = HTTPOptions()
        options.requestsInFlight = 1
        let client = HTTPClient(options)
        var streams: [HTTPStream] = []
        for _ in 1...20 {
            streams.append(try await client.stream(HTTPRequest(url: server.url + "/watch", timeout: nil)))
        }
        #expect(try await client.send(HTTPRequest(url: server.url)).status == 200)
        #expect(streams.count == 20)
    }

    @Test("Silence longer than the limit ends a stream, also one set while it runs", arguments: [true, false])
    func silence(isSetLater: Bool) async throws {
        let server = try ScriptedServer { _ in [.chunkedHead(), .chunk("x")] }
        let client = HTTPClient()
        // It counts for the head too, which a busy machine may bring late.
        let limit = isSetLater ? nil : Duration.milliseconds(500)
        let stream = try await client.stream(HTTPRequest(url: server.url, timeout: nil, idleTimeout: limit))
        #expect(try await stream.next() == [120])
        if isSetLater { stream.limitSilence(to: .milliseconds(50)) }
        let error = await #expect(throws: TransportError.self) { _ = try await stream.next() }
        #expect(error?.kind == .silent)
    }

    @Test("A reader that falls too far behind loses the stream, with a reason")
    func overflow() async throws {
        let server = try ScriptedServer { _ in [.chunkedHead(), .chunk(String(repeating: "x", count: 100_000))] }
        var options = HTTPOptions()
        options.streamBufferLimit = 50_000
        let client = HTTPClient(options)
        let stream = try await client.stream(HTTPRequest(url: server.url, timeout: nil))
        for await event in server.events { if case .closed(1) = event { break } }
        let error = await #expect(throws: TransportError.self) { while try await stream.next() != nil {} }
        #expect(error?.kind == .tooLarge)
    }

    @Test("The body of an error answer can be taken as a whole, up to a limit")
    func collect() async throws {
        let server = try ScriptedServer { _ in [.answer(410, "0123456789")] }
        let client = HTTPClient()
        let stream = try await client.stream(HTTPRequest(url: server.url))
        #expect(stream.status == 410)
        #expect(try await stream.collect(limit: 10) == Array("0123456789".utf8))
        let again = try await client.stream(HTTPRequest(url: server.url))
        let error = await #expect(throws: TransportError.self) { _ = try await again.collect(limit: 9) }
        #expect(error?.kind == .tooLarge)
    }
}
