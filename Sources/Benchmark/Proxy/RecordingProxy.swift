import Glibc
import HTTP
import Synchronization

/// A way from the operator to the API server on which the time of each piece is written down.
///
/// Plain TCP without TLS. Each direction of a connection has a thread.
final class RecordingProxy: Sendable {
    private struct State: Sendable {
        var record: EditRecord?
        var answeredAt: ContinuousClock.Instant?
        var firstWriteAt: ContinuousClock.Instant?
        var sockets: Set<Int32> = []
        var isClosed = false

        mutating func receive(_ bytes: [UInt8], now: ContinuousClock.Instant) {
            record?.receive(bytes, now: now)
            guard firstWriteAt == nil, !bytes.starts(with: "GET ".utf8) else { return }
            firstWriteAt = now
        }

        mutating func delivered(now: ContinuousClock.Instant) {
            if firstWriteAt == nil { answeredAt = now }
        }
    }

    let port: UInt16
    private let listener: Int32
    private let target: UInt16
    private let state = Mutex(State())

    /// Leads to that port of this machine.
    init(to target: UInt16) throws(BenchmarkFailure) {
        self.target = target
        (listener, port) = try LoopbackSocket.listening()
        guard BlockingThread.start({ [self] in acceptAll() }) else {
            Glibc.close(listener)
            throw BenchmarkFailure("the system gives no more threads")
        }
    }

    /// From now on an edit with that word in it is waited for.
    func expect(_ token: String) { state.withLock { $0.record = EditRecord(token: token) } }

    /// What is known of the edit.
    var record: EditRecord? { state.withLock { $0.record } }

    /// When the operator began its first write.
    var firstWriteAt: ContinuousClock.Instant? { state.withLock { $0.firstWriteAt } }

    /// When the last byte was given to the operator before its first write.
    var answeredAt: ContinuousClock.Instant? { state.withLock { $0.answeredAt } }

    /// Closes everything; its threads end then.
    func close() {
        let sockets = state.withLock { state in
            state.isClosed = true
            return state.sockets
        }
        for socket in sockets { _ = shutdown(socket, Int32(SHUT_RDWR)) }
        _ = shutdown(listener, Int32(SHUT_RDWR))
    }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            LoopbackSocket.sendAtOnce(client)
            guard let server = LoopbackSocket.connected(to: target) else {
                Glibc.close(client)
                continue
            }
            let pair = Pair(client: client, server: server)
            let isOpen = state.withLock { state in
                if !state.isClosed { state.sockets.formUnion([client, server]) }
                return !state.isClosed
            }
            let isRunning =
                isOpen && BlockingThread.start { [self] in copy(pair, toOperator: false) }
                && BlockingThread.start { [self] in copy(pair, toOperator: true) }
            if !isRunning { for end in [client, server] { _ = shutdown(end, Int32(SHUT_RDWR)) } }
        }
        Glibc.close(listener)
    }

    /// The two ends of a connection, closed when both directions have ended.
    private final class Pair: Sendable {
        let client: Int32
        let server: Int32
        private let running = Mutex(2)

        init(client: Int32, server: Int32) {
            self.client = client
            self.server = server
        }

        func ended() -> Bool {
            running.withLock { count in
                count -= 1
                return count == 0
            }
        }
    }

    private func copy(_ pair: Pair, toOperator: Bool) {
        let (source, sink) = toOperator ? (pair.server, pair.client) : (pair.client, pair.server)
        var buffer = [UInt8](repeating: 0, count: 262_144)
        while true {
            let count = unsafe recv(source, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            let now = ContinuousClock.now
            let bytes = Array(buffer[..<count])
            // Before it is sent, so that nothing of what the operator takes is left out.
            if toOperator {
                state.withLock { $0.record?.deliver(bytes, now: now) }
            } else {
                state.withLock { $0.receive(bytes, now: now) }
            }
            guard send(bytes, to: sink) else { break }
            if toOperator { state.withLock { $0.delivered(now: .now) } }
        }
        for end in [pair.client, pair.server] { _ = shutdown(end, Int32(SHUT_RDWR)) }
        guard pair.ended() else { return }
        state.withLock { $0.sockets.subtract([pair.client, pair.server]) }
        Glibc.close(pair.client)
        Glibc.close(pair.server)
    }

    private func send(_ bytes: [UInt8], to sink: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let written = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    sink,
                    buffer.baseAddress.map { unsafe $0 + sent },
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard written > 0 else { return false }
            sent += written
        }
        return true
    }
}
