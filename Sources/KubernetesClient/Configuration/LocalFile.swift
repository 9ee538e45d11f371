internal import Glibc

/// Small files of the configuration, read at once.
enum LocalFile {
    /// Tells whether a file is another one than before, without reading it.
    struct Stamp: Equatable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let seconds: Int64
        let nanoseconds: Int64
    }

    /// No file of the configuration is longer; what is longer is not read.
    static let longest = 16 << 20

    static func exists(_ path: String) -> Bool { stamp(path) != nil }

    /// Nil when there is no such file.
    ///
    /// Follows links, so a projected volume that is swapped has another stamp.
    static func stamp(_ path: String) -> Stamp? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return Stamp(
            device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino),
            size: Int64(status.st_size),
            seconds: Int64(status.st_mtim.tv_sec),
            nanoseconds: Int64(status.st_mtim.tv_nsec)
        )
    }

    /// The file's bytes; nil when it cannot be read.
    static func bytes(_ path: String) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return bytes(of: file, limit: longest)
    }

    static func text(_ path: String) -> String? {
        bytes(path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Reads a descriptor to its end; nil when that fails or more comes than the limit.
    static func bytes(of file: Int32, limit: Int) -> [UInt8]? {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            // The pointer is to the array's own storage and is used during the call alone.
            let count = unsafe read(file, &buffer, buffer.count)
            if count == 0 { return all }
            if count < 0, errno == EINTR { continue }
            guard count > 0, all.count + count <= limit else { return nil }
            all += buffer[..<count]
        }
    }
}

extension String {
    /// Without white space around it, as a token in a file often has a line end.
    var trimmed: String {
        let head = drop { $0.isWhitespace }
        guard let last = head.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(head[...last])
    }
}
