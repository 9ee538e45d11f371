import Glibc
import TestPrograms

/// Blocking sockets on 127.0.0.1.
enum Loopback {
    /// A listener on a free port, and the port.
    static func listen() throws -> (Int32, Int) {
        let listener = newSocket()
        guard let port = bindToFreePort(listener), Glibc.listen(listener, 64) == 0 else {
            throw Failure("nothing can be listened on")
        }
        return (listener, port)
    }

    /// As many different ports that nobody listened on a moment ago; whoever wants them should take them soon.
    static func freePorts(_ count: Int) throws -> [Int] {
        let sockets = (0..<count).map { _ in newSocket() }
        defer { for socket in sockets { close(socket) } }
        return try sockets.map { socket in
            guard let port = bindToFreePort(socket) else {
                throw Failure("there is no free port")
            }
            return port
        }
    }

    /// A connection, or nil when nobody listens there.
    static func connect(to port: UInt16) -> Int32? {
        let connection = newSocket()
        var place = place(port: port)
        let isConnected = unsafe withUnsafePointer(to: &place) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isConnected { return connection }
        close(connection)
        return nil
    }

    /// What has come, at least a byte; empty at the end, nil when the connection is lost.
    static func receive(from socket: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(socket, &bytes, bytes.count, 0)
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    /// Whether all of it was taken.
    @discardableResult
    static func send(_ bytes: some Collection<UInt8>, to socket: Int32) -> Bool {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes { unsafe Glibc.send(socket, $0.baseAddress, $0.count, flags) }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    private static let flags = Int32(MSG_NOSIGNAL)

    private static func newSocket() -> Int32 { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }

    private static func bindToFreePort(_ socket: Int32) -> Int? {
        var place = place(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &place) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(socket, address, size) == 0 && getsockname(socket, address, &size) == 0
            }
        }
        return isBound ? Int(UInt16(bigEndian: place.sin_port)) : nil
    }

    private static func place(port: UInt16) -> sockaddr_in {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        place.sin_port = port.bigEndian
        return place
    }
}
