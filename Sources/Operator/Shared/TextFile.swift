import Glibc

/// A small text file, read or written whole.
enum TextFile {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The text, or nil when there is no such file.
    static func read(_ path: String) throws(Failure) -> String? {
        try bytes(path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes, or nil when there is no such file.
    static func bytes(_ path: String) throws(Failure) -> [UInt8]? {
        guard let file = unsafe fopen(path, "r") else {
            if errno == ENOENT { return nil }
            throw Failure(description: "cannot read \(path): \(reason())")
        }
        defer { _ = unsafe fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe fread(&block, 1, block.count, file)
            bytes.append(contentsOf: block[..<count])
            if count < block.count { break }
        }
        guard unsafe ferror(file) == 0 else { throw Failure(description: "cannot read \(path): \(reason())") }
        return bytes
    }

    /// Replaces the file, making the folders above it.
    ///
    /// `mode` is of a new file, such as 0o600 for one with credentials.
    static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws(Failure) {
        try makeFolders(above: path)
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
        guard descriptor >= 0 else { throw Failure(description: "cannot write \(path): \(reason())") }
        defer { _ = close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Failure(description: "cannot write \(path): \(reason())") }
            rest = rest.dropFirst(count)
        }
    }

    private static func makeFolders(above path: String) throws(Failure) {
        var folder = path.hasPrefix("/") ? "/" : ""
        for name in path.split(separator: "/").dropLast() {
            folder += "\(name)/"
            guard unsafe mkdir(folder, 0o755) == 0 || errno == EEXIST else {
                throw Failure(description: "cannot make folder \(folder): \(reason())")
            }
        }
    }

    private static func reason() -> String { unsafe String(cString: strerror(errno)) }
}
