import Glibc

/// Loopback ports that nobody listened on a moment ago.
enum FreePorts {
    /// As many different ones; whoever wants them should take them soon.
    static func take(_ count: Int) throws -> [Int] {
        let sockets = (0..<count).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
        defer { for socket in sockets { close(socket) } }
        return try sockets.map { socket in
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = unsafe withUnsafeMutablePointer(to: &place) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    unsafe bind(socket, address, size) == 0 && getsockname(socket, address, &size) == 0
                }
            }
            guard isBound else { throw ChildProcess.Failure(description: "there is no free port") }
            return Int(UInt16(bigEndian: place.sin_port))
        }
    }
}
