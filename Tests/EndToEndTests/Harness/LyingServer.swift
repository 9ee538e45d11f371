import Dispatch
import Foundation
import Glibc
import Synchronization
import TestPrograms

/// A way to the sandbox on which something answers in its place, whenever a test says so.
///
/// Each connection carries one exchange; blocking calls on threads of its own, as ``TCPProxy`` does.
final class LyingServer: Sendable {
    /// What was asked.
    struct Asked: Sendable {
        let method: String
        /// With the query.
        let target: String
        let authorization: String?

        /// Whether it lists or watches a collection in all namespaces, such as `databaseclusters`.
        func reads(_ plural: String) -> Bool {
            method == "GET" && target.split(separator: "?").first?.hasSuffix("/\(plural)") == true
        }
    }

    /// An answer that is not the server's.
    struct Lie: Sendable {
        var status = "200 OK"
        var type = "application/json"
        let body: String
        /// Less than there is promises more than comes.
        var promised: Int?
        /// Nothing follows, and the connection stays.
        var comesToAStop = false

        /// The Status object of an API server.
        static func refusal(_ code: Int, _ reason: String, _ message: String) -> Lie {
            Lie(
                status: "\(code) \(reason)",
                body: """
                    {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"\(message)",\
                    "reason":"\(reason)","code":\(code)}
                    """
            )
        }

        fileprivate var bytes: [UInt8] {
            let head =
                "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(promised ?? body.utf8.count)\r\n"
                + "Connection: close\r\n\r\n"
            return Array(head.utf8) + Array(body.utf8)
        }
    }

    typealias Teller = @Sendable (Asked) -> Lie?

    let port: Int
    private let listener: Int32
    private let target: UInt16
    private let teller = Mutex<Teller>({ _ in nil })

    init(to address: String) throws {
        guard let target = address.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw Failure("\(address) has no port")
        }
        self.target = target
        (listener, port) = try Loopback.listen()
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { break }
                Thread.detachNewThread { [self] in serve(client) }
            }
            Glibc.close(listener)
        }
    }

    /// From now on these are the lies; nil is the truth.
    func tell(_ teller: @escaping Teller) { self.teller.withLock { $0 = teller } }

    /// Accepts no more connections.
    func close() { _ = shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ client: Int32) {
        defer { Glibc.close(client) }
        guard let (asked, bytes) = Self.request(from: client) else { return }
        if let lie = teller.withLock({ $0 })(asked) {
            Loopback.send(lie.bytes, to: client)
            while lie.comesToAStop, let some = Loopback.receive(from: client), !some.isEmpty {}
            _ = shutdown(client, Int32(SHUT_WR))
            return
        }
        guard let server = Loopback.connect(to: target) else { return }
        defer { Glibc.close(server) }
        Loopback.send(bytes, to: server)
        // A client that goes away must be noticed, or a watch would keep this thread for ever.
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread { [client, server] in
            while let some = Loopback.receive(from: client), !some.isEmpty {}
            _ = shutdown(server, Int32(SHUT_RDWR))
            ended.signal()
        }
        while let some = Loopback.receive(from: server), !some.isEmpty {
            guard Loopback.send(some, to: client) else { break }
        }
        _ = shutdown(client, Int32(SHUT_RDWR))
        ended.wait()
    }

    /// A whole request, and the same with the connection to be closed after it.
    private static func request(from client: Int32) -> (Asked, [UInt8])? {
        var bytes: [UInt8] = []
        let end: [UInt8] = Array("\r\n\r\n".utf8)
        var headLength: Int?
        while headLength == nil {
            guard let some = Loopback.receive(from: client), !some.isEmpty else { return nil }
            bytes += some
            headLength = bytes.firstRange(of: end)?.upperBound
        }
        guard let headLength else { return nil }
        let lines = String(decoding: bytes[..<(headLength - 4)], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        guard words.count == 3 else { return nil }
        func field(_ name: String) -> String? {
            lines.first { $0.lowercased().hasPrefix(name + ":") }.map {
                String($0.dropFirst(name.count + 1)).trimmingCharacters(in: .whitespaces)
            }
        }
        let length = field("content-length").flatMap { Int($0) } ?? 0
        while bytes.count < headLength + length {
            guard let some = Loopback.receive(from: client), !some.isEmpty else { return nil }
            bytes += some
        }
        let kept = lines.filter { !$0.lowercased().hasPrefix("connection:") } + ["Connection: close"]
        let head = kept.joined(separator: "\r\n") + "\r\n\r\n"
        let asked = Asked(method: words[0], target: words[1], authorization: field("authorization"))
        return (asked, Array(head.utf8) + bytes[headLength...])
    }
}
