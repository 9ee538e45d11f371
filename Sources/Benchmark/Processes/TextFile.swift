import Glibc

/// A small text file, read or written whole.
enum TextFile {
    /// The text; nil when it cannot be read.
    static func read(_ path: String) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(file, &block, block.count)
            guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
            bytes += block[..<count]
        }
    }

    static func write(_ text: String, to path: String) throws(BenchmarkFailure) {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw BenchmarkFailure("cannot write \(path): \(unsafe String(cString: strerror(errno)))")
        }
        defer { close(file) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else {
                throw BenchmarkFailure("cannot write \(path): \(unsafe String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(count)
        }
    }
}

/// A folder for the logs and kubeconfigs of one run.
struct WorkFolder: Sendable {
    let path: String

    init() throws(BenchmarkFailure) {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        // mkdtemp asks for six X at the end and writes the name that it chose in their place.
        let placeholder = String(repeating: "X", count: 6)
        var template = Array("\(parent)/dbaas-benchmark-\(placeholder)\0".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw BenchmarkFailure("cannot make a folder in \(parent): \(unsafe String(cString: strerror(errno)))")
        }
        path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}
