/// Cuts a stream of bytes into lines, however the bytes come.
struct LineFramer: Sendable {
    /// A line longer than the limit.
    struct LineTooLong: Error, Equatable {
        let limit: Int
    }

    /// The longest object a watch may bring, in bytes; etcd takes no more than 1.5 MiB by default.
    static let defaultLimit = 8 << 20

    private let limit: Int
    /// The beginning of a line whose end has not come.
    private var partial: [UInt8] = []

    init(limit: Int = Self.defaultLimit) { self.limit = limit }

    /// The lines that are complete now, without their ends; blank ones are left out.
    mutating func append(_ chunk: [UInt8]) throws(LineTooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        while let end = chunk[start...].firstIndex(of: UInt8(ascii: "\n")) {
            guard partial.count + end - start <= limit else { throw LineTooLong(limit: limit) }
            var line = partial
            if !partial.isEmpty { partial = [] }
            line += chunk[start..<end]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if !line.isEmpty { lines.append(line) }
            start = end + 1
        }
        guard partial.count + chunk.count - start <= limit else { throw LineTooLong(limit: limit) }
        partial += chunk[start...]
        return lines
    }
}
