import Dispatch
import Glibc
import Synchronization

/// A server on a loopback port that answers each request as a closure says, bytes at a time, with all the faults one
/// could wish for.
///
/// It has a thread for each connection and nothing of the code under test.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        let method: String
        let target: String
        let headers: [String: String]
        let body: [UInt8]
        /// Which connection it came on, from 1.
        let connection: Int
        /// The how manieth request of the server it is, from 1.
        let number: Int

        var path: String { String(target.prefix { $0 != "?" }) }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    enum Step: Sendable {
        case write(String)
        /// Waits until the gate is opened.
        case wait(Gate)
        /// Closes the connection.
        case close
    }

    enum Event: Sendable {
        case received(Request)
        /// The client has closed this connection.
        case closed(Int)
    }

    /// Something that a server's thread waits for and a test opens.
    final class Gate: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)
        func open() { semaphore.signal() }
        fileprivate func pass() { semaphore.wait() }
    }

    private struct State {
        var requests: [Request] = []
        var connections = 0
    }

    let port: Int
    let events: AsyncStream<Event>
    private let listener: Int32
    private let state = Mutex(State())
    private let eventSink: AsyncStream<Event>.Continuation
    private let script: @Sendable (Request) -> [Step]

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { state.withLock { $0.requests } }
    var connections: Int { state.withLock { $0.connections } }

    init(_ script: @escaping @Sendable (Request) -> [Step]) throws {
        self.script = script
        (events, eventSink) = AsyncStream.makeStream()
        (listener, port) = try Self.listen()
        // The thread keeps the server until the test process ends, or until it is stopped.
        Thread.start { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                let number = state.withLock { state in
                    state.connections += 1
                    return state.connections
                }
                Thread.start { [self] in serve(connection, number) }
            }
        }
    }

    /// A socket that listens on a free port.
    private static func listen() throws -> (socket: Int32, port: Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(listener, pointer, length) == 0 && Glibc.listen(listener, 64) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard isListening else { throw ScriptError.noPort }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// Takes no further connection.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func serve(_ connection: Int32, _ connectionNumber: Int) {
        var reader = SocketReader(socket: connection)
        defer {
            // Closing alone would not end it while a program that another test has started holds a copy.
            shutdown(connection, Int32(SHUT_RDWR))
            close(connection)
        }
        while let (head, body) = reader.nextRequest() {
            let request = state.withLock { state in
                let request = Request(
                    method: head.method,
                    target: head.target,
                    headers: head.headers,
                    body: body,
                    connection: connectionNumber,
                    number: state.requests.count + 1
                )
                state.requests.append(request)
                return request
            }
            eventSink.yield(.received(request))
            for step in script(request) {
                switch step {
                case .write(let text): SocketReader.write(text, to: connection)
                case .wait(let gate): gate.pass()
                case .close: return
                }
            }
        }
        eventSink.yield(.closed(connectionNumber))
    }
}

enum ScriptError: Error { case noPort }

extension ScriptedServer.Step {
    /// A whole answer with its length.
    static func answer(
        _ status: Int,
        _ body: String = "",
        type: String = "application/json",
        headers: [String: String] = [:]
    ) -> Self {
        let fields = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
        return .write(
            "HTTP/1.1 \(status) Status\r\nContent-Type: \(type)\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n"
                + body
        )
    }

    /// The head of an answer whose body comes as chunks.
    static func chunkedHead(_ status: Int = 200) -> Self {
        .write("HTTP/1.1 \(status) Status\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    }

    static func chunk(_ text: String) -> Self {
        .write(String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n")
    }

    static let lastChunk = Self.write("0\r\n\r\n")
}

private struct SocketReader {
    struct Head {
        var method = ""
        var target = ""
        var headers: [String: String] = [:]
    }

    let socket: Int32
    private var buffer: [UInt8] = []

    init(socket: Int32) { self.socket = socket }

    mutating func nextRequest() -> (Head, [UInt8])? {
        while true {
            if let end = endOfHead() {
                let head = Self.parse(String(decoding: buffer[..<end], as: UTF8.self))
                buffer.removeFirst(end + 4)
                let length = Int(head.headers["content-length"] ?? "0") ?? 0
                while buffer.count < length { guard fill() else { return nil } }
                let body = Array(buffer.prefix(length))
                buffer.removeFirst(length)
                return (head, body)
            }
            guard fill() else { return nil }
        }
    }

    private func endOfHead() -> Int? {
        guard buffer.count >= 4 else { return nil }
        return (0...buffer.count - 4).first { Array(buffer[$0..<$0 + 4]) == Array("\r\n\r\n".utf8) }
    }

    private mutating func fill() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(socket, &bytes, bytes.count, 0)
        guard count > 0 else { return false }
        buffer += bytes[..<count]
        return true
    }

    private static func parse(_ text: String) -> Head {
        var head = Head()
        let lines = text.split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        if words.count >= 2 { (head.method, head.target) = (String(words[0]), String(words[1])) }
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            head.headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return head
    }

    static func write(_ text: String, to socket: Int32) {
        var left = ArraySlice(text.utf8)
        while !left.isEmpty {
            let bytes = Array(left)
            let count = unsafe send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return }
            left = left.dropFirst(count)
        }
    }
}

/// A thread that may block, unlike a task.
private enum Thread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(Body(run)).toOpaque()
        _ = unsafe pthread_create(
            &thread,
            nil,
            { context in
                if let context = unsafe context {
                    unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                }
                return nil
            },
            context
        )
        pthread_detach(thread)
    }
}
