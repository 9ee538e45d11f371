internal import Glibc

/// A line of a watch.
package enum WatchLine: Sendable, Equatable {
    /// An event, as the server wrote it.
    case whole([UInt8])
    /// One with more bytes than are accepted: how it begins, and how many it has.
    case tooLong(start: [UInt8], size: Int)
}

/// Cuts a stream of bytes into lines, however the bytes come.
///
/// Of a line beyond the limit only the beginning is kept, and the lines after it are read as ever.
struct LineFramer: Sendable {
    /// The longest object a watch may bring, in bytes; etcd takes no more than 1.5 MiB by default.
    static let defaultLimit = 8 << 20
    /// Enough to find the name of an object behind its annotations, which may have 256 KiB.
    private static let mostKept = 512 << 10

    private let limit: Int
    /// The beginning of a line whose end has not come.
    private var partial: [UInt8] = []
    /// How many bytes of that line have come.
    private var size = 0

    init(limit: Int = Self.defaultLimit) { self.limit = limit }

    /// The lines that are complete now, without their ends; blank ones are left out.
    mutating func append(_ chunk: [UInt8]) -> [WatchLine] {
        var lines: [WatchLine] = []
        var start = 0
        while let end = Self.lineEnd(in: chunk, from: start) {
            take(chunk[start..<end])
            if let line = endLine() { lines.append(line) }
            start = end + 1
        }
        take(chunk[start...])
        return lines
    }

    private static func lineEnd(in chunk: [UInt8], from start: Int) -> Int? {
        unsafe chunk.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, start < bytes.count else { return nil }
            let end = unsafe memchr(base + start, CInt(UInt8(ascii: "\n")), bytes.count - start)
            return unsafe end.map { unsafe UnsafeRawPointer($0) - base }
        }
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) {
        size += bytes.count
        guard size > limit else {
            partial += bytes
            return
        }
        let kept = min(limit, Self.mostKept)
        partial = Array(partial.prefix(kept))
        partial += bytes.prefix(kept - partial.count)
    }

    private mutating func endLine() -> WatchLine? {
        defer {
            partial = []
            size = 0
        }
        guard size <= limit else { return .tooLong(start: partial, size: size) }
        if partial.last == UInt8(ascii: "\r") { partial.removeLast() }
        return partial.isEmpty ? nil : .whole(partial)
    }
}
