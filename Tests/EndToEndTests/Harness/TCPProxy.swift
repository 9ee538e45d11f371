import Foundation
import Synchronization

/// A way to a server on this machine that a test can close, or let fall silent, for those who take it.
final class TCPProxy: Sendable {
    private enum Mode: Sendable {
        case open
        /// Connections stay, and nothing comes through.
        case silent
        /// Connections are closed, and so is each new one.
        case cut
    }

    private struct State: Sendable {
        var mode = Mode.open
        var sockets: Set<Int32> = []
    }

    let port: Int
    private let listener: Int32
    private let target: UInt16
    private let state = Mutex(State())

    /// To the address of a server, as `http://127.0.0.1:8443`.
    init(to address: String) throws {
        guard let target = address.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw ChildProcess.Failure(description: "\(address) has no port")
        }
        self.target = target
        let listener = Self.newSocket()
        self.listener = listener
        var place = Self.loopback(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &place) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(listener, address, size) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        guard isBound else { throw ChildProcess.Failure(description: "the proxy cannot listen") }
        port = Int(UInt16(bigEndian: place.sin_port))
        Thread.detachNewThread { [self] in acceptAll() }
    }

    func cut() { change(to: .cut) }

    /// Lets connections through again.
    func reopen() { change(to: .open) }

    func fallSilent() { change(to: .silent) }

    /// Closes everything; its threads end then.
    func close() {
        change(to: .cut)
        _ = shutdown(listener, Int32(SHUT_RDWR))
    }

    private func change(to mode: Mode) {
        let sockets = state.withLock { state in
            state.mode = mode
            return mode == .cut ? state.sockets : []
        }
        for socket in sockets { _ = shutdown(socket, Int32(SHUT_RDWR)) }
    }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            let server = Self.newSocket()
            var place = Self.loopback(port: target)
            let isConnected = unsafe withUnsafePointer(to: &place) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            let isOpen = state.withLock { state in
                guard state.mode != .cut, isConnected else { return false }
                state.sockets.formUnion([client, server])
                return true
            }
            guard isOpen else {
                Glibc.close(client)
                Glibc.close(server)
                continue
            }
            let pair = Pair(client, server)
            Thread.detachNewThread { [self] in copy(from: client, to: server, pair) }
            Thread.detachNewThread { [self] in copy(from: server, to: client, pair) }
        }
        Glibc.close(listener)
    }

    /// The two ends of a connection, closed when both directions have ended.
    private final class Pair: Sendable {
        let ends: [Int32]
        private let running = Mutex(2)

        init(_ one: Int32, _ other: Int32) { ends = [one, other] }

        func ended() -> Bool {
            running.withLock { count in
                count -= 1
                return count == 0
            }
        }
    }

    private func copy(from source: Int32, to sink: Int32, _ pair: Pair) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        reading: while true {
            let count = unsafe recv(source, &bytes, bytes.count, 0)
            guard count > 0 else { break }
            while state.withLock({ $0.mode == .silent }) { usleep(10_000) }
            var sent = 0
            while sent < count {
                let written = unsafe bytes.withUnsafeBytes { buffer in
                    unsafe send(sink, buffer.baseAddress.map { unsafe $0 + sent }, count - sent, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { break reading }
                sent += written
            }
        }
        for end in pair.ends { _ = shutdown(end, Int32(SHUT_RDWR)) }
        guard pair.ended() else { return }
        state.withLock { $0.sockets.subtract(pair.ends) }
        for end in pair.ends { Glibc.close(end) }
    }

    private static func newSocket() -> Int32 { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        place.sin_port = port.bigEndian
        return place
    }
}
