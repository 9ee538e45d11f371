import Foundation
import Synchronization
import TestPrograms

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
            throw Failure("\(address) has no port")
        }
        self.target = target
        (listener, port) = try Loopback.listen()
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
            guard let server = Loopback.connect(to: target) else {
                Glibc.close(client)
                continue
            }
            let isOpen = state.withLock { state in
                guard state.mode != .cut else { return false }
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
        while let some = Loopback.receive(from: source), !some.isEmpty {
            while state.withLock({ $0.mode == .silent }) { usleep(10_000) }
            guard Loopback.send(some, to: sink) else { break }
        }
        for end in pair.ends { _ = shutdown(end, Int32(SHUT_RDWR)) }
        guard pair.ended() else { return }
        state.withLock { $0.sockets.subtract(pair.ends) }
        for end in pair.ends { Glibc.close(end) }
    }
}
