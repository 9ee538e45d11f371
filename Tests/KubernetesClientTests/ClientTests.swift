import Foundation
import JSON
import KubernetesAPI
import KubernetesClient
import Synchronization
import Testing

@Suite("The client against a scripted server", .timeLimit(.minutes(1)))
struct ClientTests {
    private let key = ObjectKey(namespace: "a", name: "x")

    private func client(_ server: ScriptedServer) -> KubernetesClient {
        KubernetesClient(
            configuration: ClientConfiguration(server: server.url + "/"),
            userAgent: "dbaas-operator/1.2.3"
        )
    }

    private func status(_ code: Int, _ reason: String, _ message: String = "no") -> ScriptedServer.Step {
        .answer(
            code,
            #"{"kind":"Status","apiVersion":"v1","status":"Failure","code":\#(code),"reason":"\#(reason)","#
                + #""message":"\#(message)"}"#
        )
    }

    @Test("Version and accepted type are said, and the body is the server's own")
    func getsBytes() async throws {
        let server = try ScriptedServer { _ in [.answer(200, #"{"kind": "Pod"}"#)] }
        #expect(try await client(server).get(.pod, key) == Array(#"{"kind": "Pod"}"#.utf8))
        let request = try #require(server.requests.first)
        #expect(request.target == "/api/v1/namespaces/a/pods/x")
        #expect(request.headers["user-agent"] == "dbaas-operator/1.2.3")
        #expect(request.headers["accept"] == "application/json")
        #expect(request.headers["authorization"] == nil)
    }

    @Test("Not found is nil for a reader and false for a deletion, also when the whole kind is missing")
    func notFound() async throws {
        let missing = try ScriptedServer { [self] _ in [status(404, "NotFound")] }
        #expect(try await client(missing).get(.pod, key) == nil)
        #expect(try await client(missing).delete(.pod, key) == false)
        let unserved = try ScriptedServer { _ in [.answer(404, "404 page not found\n", type: "text/plain")] }
        #expect(try await client(unserved).get(.pod, key) == nil)
    }

    @Test("A 404 from a proxy does not mean that an object is gone", arguments: ["text/html", "text/plain"])
    func foreignNotFound(type: String) async throws {
        let server = try ScriptedServer { _ in [.answer(404, "<html><h1>Not here</h1></html>", type: type)] }
        let error = await #expect(throws: APIError.self) { _ = try await client(server).get(.pod, key) }
        #expect(error?.isNotFound == false)
        #expect(error?.message.contains("<h1>Not here</h1>") == true)
        #expect(error?.description.hasPrefix("GET /api/v1/namespaces/a/pods/x: ") == true)
    }

    @Test("A log-in page and half an object are errors that say so")
    func notAnAPIServer() async throws {
        let page = try ScriptedServer { _ in [.answer(200, "<!DOCTYPE html><title>Log in</title>", type: "text/html")] }
        let error = await #expect(throws: APIError.self) { _ = try await client(page).list(.pod, namespace: nil) }
        #expect(error?.message.contains("proxy") == true)

        let half = try ScriptedServer { _ in [.answer(200, #"{"metadata":{"resourceVersion":"1""#)] }
        let halfError = await #expect(throws: APIError.self) {
            _ = try await client(half).listAll(.pod, namespace: nil) { _ in }
        }
        guard case .invalidAnswer = halfError?.kind else { throw UnexpectedError(error: halfError) }
    }

    @Test(
        "The server's reason decides what an error is",
        arguments: [
            (409, "AlreadyExists"), (409, "Conflict"), (410, "Expired"), (410, "Gone"), (422, "Invalid"),
            (403, "Forbidden"), (500, "InternalError"),
        ]
    )
    func reasons(code: Int, reason: String) async throws {
        let server = try ScriptedServer { [self] _ in [status(code, reason, "because")] }
        let thrown = await #expect(throws: APIError.self) {
            _ = try await client(server).create(.pod, namespace: "a", [:], fieldManager: "m")
        }
        let error = try #require(thrown)
        #expect(error.isAlreadyExists == (reason == "AlreadyExists"))
        #expect(error.isConflict == (reason == "Conflict"))
        #expect(error.isExpired == (code == 410))
        #expect(error.isInvalid == (code == 422))
        #expect(error.isForbidden == (code == 403))
        #expect(error.isRetriable == (code == 500 || reason == "Conflict"))
        #expect(error.description == "POST /api/v1/namespaces/a/pods was answered by \(code): because")
    }

    @Test("A busy server is asked again when it says when, and not when it does not")
    func busy() async throws {
        let server = try ScriptedServer { [self] request in
            request.number < 3 ? [.answer(429, "", headers: ["Retry-After": "0"])] : [status(429, "TooManyRequests")]
        }
        let error = await #expect(throws: APIError.self) { _ = try await client(server).get(.pod, key) }
        #expect(error?.isTooManyRequests == true)
        #expect(server.requests.count == 3)
    }

    @Test("A wait that the server asks for ends when the task is cancelled")
    func cancelledWait() async throws {
        let server = try ScriptedServer { _ in [.answer(503, "", headers: ["Retry-After": "25"])] }
        let client = client(server)
        let task = Task { try await client.get(.pod, key) }
        for await event in server.events { if case .received = event { break } }
        task.cancel()
        let error = await #expect(throws: APIError.self) { _ = try await task.value }
        #expect(error?.isCancelled == true)
    }

    @Test("Pages follow each other; an expired continuation starts a whole list that says so")
    func pages() async throws {
        let server = try ScriptedServer { [self] request in
            switch request.number {
            case 1: [.answer(200, #"{"metadata":{"resourceVersion":"5","continue":"p2"},"items":[1]}"#)]
            case 2: [.answer(200, #"{"metadata":{"resourceVersion":"5","continue":"p3"},"items":[2]}"#)]
            case 3: [status(410, "Expired")]
            default: [.answer(200, #"{"metadata":{"resourceVersion":"9"},"items":[1,2,3]}"#)]
            }
        }
        var firsts: [Bool] = []
        let version = try await client(server).listAll(.pod, namespace: "a") { page in firsts.append(page.isFirst) }
        #expect(version == "9")
        #expect(firsts == [true, false, true])
        #expect(
            server.requests.map(\.target) == [
                "/api/v1/namespaces/a/pods?limit=500", "/api/v1/namespaces/a/pods?limit=500&continue=p2",
                "/api/v1/namespaces/a/pods?limit=500&continue=p3", "/api/v1/namespaces/a/pods",
            ]
        )
    }

    @Test("Events come as whole lines; a half one at the end is dropped, a lost connection is an error")
    func watch() async throws {
        let server = try ScriptedServer { request in
            let events: [ScriptedServer.Step] = [.chunkedHead(), .chunk("{\"a\":1}\n{\"b\""), .chunk(":2}\n{\"c\"")]
            return events + (request.target.contains("resourceVersion=1&") ? [.lastChunk] : [.close])
        }
        let client = client(server)
        var lines: [WatchLine] = []
        for try await batch in try await client.watch(.pod, namespace: nil, WatchOptions(resourceVersion: "1")) {
            lines += batch
        }
        #expect(lines == [.whole(Array(#"{"a":1}"#.utf8)), .whole(Array(#"{"b":2}"#.utf8))])
        let lost = try await client.watch(.pod, namespace: nil, WatchOptions(resourceVersion: "2"))
        let error = await #expect(throws: APIError.self) { while try await lost.next() != nil {} }
        #expect(error?.isRetriable == true)
    }

    @Test("A watch that is refused says why, as any request")
    func refusedWatch() async throws {
        let server = try ScriptedServer { [self] _ in [status(410, "Expired", "too old resource version")] }
        let error = await #expect(throws: APIError.self) {
            _ = try await client(server).watch(.pod, namespace: nil, WatchOptions(resourceVersion: "1"))
        }
        #expect(error?.isExpired == true)
        #expect(error?.message == "too old resource version")
    }

    @Test("Of an event longer than 8 MiB the beginning and the size are told, and the watch goes on")
    func giantEvent() async throws {
        let megabyte = String(repeating: "x", count: 1 << 20)
        let server = try ScriptedServer { _ in
            [.chunkedHead()] + Array(repeating: .chunk(megabyte), count: 8) + [.chunk("x\n{}\n"), .lastChunk]
        }
        var lines: [WatchLine] = []
        for try await batch in try await client(server).watch(.pod, namespace: nil, WatchOptions()) { lines += batch }
        guard case .tooLong(let start, let size) = try #require(lines.first) else {
            Issue.record("the long line was taken for a whole one")
            return
        }
        #expect(size == (8 << 20) + 1 && start.count < 1 << 20 && start.allSatisfy { $0 == UInt8(ascii: "x") })
        #expect(lines.dropFirst() == [.whole(Array("{}".utf8))])
    }

    @Test("Every exchange is observed with its outcome")
    func observation() async throws {
        let server = try ScriptedServer { $0.number == 1 ? [.answer(200, "{}")] : [.close] }
        let seen = Observations()
        let client = KubernetesClient(
            configuration: ClientConfiguration(server: server.url),
            userAgent: "t/1",
            observe: { seen.add($0) }
        )
        _ = try await client.get(.pod, key)
        _ = try? await client.get(.pod, key)
        #expect(seen.all.map(\.status) == [200, nil])
        #expect(seen.all.map(\.host) == ["127.0.0.1:\(server.port)", "127.0.0.1:\(server.port)"])
    }

    @Test("A client that is shut down answers everything as cancelled")
    func shutDown() async throws {
        let server = try ScriptedServer { _ in [.answer(200, "{}")] }
        let client = client(server)
        client.shutDown()
        await client.run()
        let error = await #expect(throws: APIError.self) { _ = try await client.get(.pod, key) }
        #expect(error?.isCancelled == true)
    }
}

private struct UnexpectedError: Error { let error: (any Error)? }

private final class Observations: Sendable {
    private let observations = Mutex<[RequestObservation]>([])
    func add(_ observation: RequestObservation) { observations.withLock { $0.append(observation) } }
    var all: [RequestObservation] { observations.withLock { $0 } }
}
