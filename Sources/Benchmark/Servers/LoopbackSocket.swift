import Glibc

/// TCP on this machine.
enum LoopbackSocket {
    /// A socket that sends what it is given at once.
    static func new() -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        sendAtOnce(descriptor)
        return descriptor
    }

    /// Lets no small piece wait for the next, and no program that is started inherit the socket.
    static func sendAtOnce(_ descriptor: Int32) {
        var yes: Int32 = 1
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    /// A listening socket on a free port, and the port.
    static func listening() throws(BenchmarkFailure) -> (descriptor: Int32, port: UInt16) {
        let descriptor = new()
        var place = address(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &place) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, size) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, address, &size) == 0
            }
        }
        guard isBound else {
            close(descriptor)
            throw BenchmarkFailure("cannot listen on this machine: \(unsafe String(cString: strerror(errno)))")
        }
        return (descriptor, UInt16(bigEndian: place.sin_port))
    }

    /// A connection to a port; nil when nobody listens there.
    static func connected(to port: UInt16) -> Int32? {
        let descriptor = new()
        var place = address(port: port)
        let isConnected = unsafe withUnsafePointer(to: &place) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private static func address(port: UInt16) -> sockaddr_in {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        place.sin_port = port.bigEndian
        return place
    }
}

/// A port that nobody listens on.
enum FreePort {
    static func find() throws(BenchmarkFailure) -> UInt16 {
        let (descriptor, port) = try LoopbackSocket.listening()
        close(descriptor)
        return port
    }
}
