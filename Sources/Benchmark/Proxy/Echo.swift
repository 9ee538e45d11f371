import Glibc
import HTTP

/// A peer that sends back what it gets, to tell how long this machine takes to wake somebody at all.
final class Echo: Sendable {
    private let near: Int32

    /// Starts the peer on a thread of its own, which ends with this object.
    init() throws(BenchmarkFailure) {
        let (listener, port) = try LoopbackSocket.listening()
        defer { close(listener) }
        guard let near = LoopbackSocket.connected(to: port) else {
            throw BenchmarkFailure("cannot connect to this machine")
        }
        self.near = near
        let far = accept(listener, nil, nil)
        LoopbackSocket.sendAtOnce(far)
        guard far >= 0, BlockingThread.start({ Self.answer(far) }) else {
            close(far)
            throw BenchmarkFailure("cannot answer on this machine")
        }
        // A peer that has gone must not hold up the task that asks.
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        _ = unsafe setsockopt(near, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(near) }

    /// How long a kilobyte takes there and back; nil when it does not come back.
    func roundTrip() -> Duration? {
        var bytes = [UInt8](repeating: 1, count: 1024)
        let start = ContinuousClock.now
        guard unsafe send(near, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count,
            unsafe recv(near, &bytes, bytes.count, Int32(MSG_WAITALL)) == bytes.count
        else { return nil }
        return start.duration(to: .now)
    }

    private static func answer(_ far: Int32) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe recv(far, &bytes, bytes.count, 0)
            guard count > 0, unsafe send(far, bytes, count, Int32(MSG_NOSIGNAL)) == count else { break }
        }
        close(far)
    }
}
