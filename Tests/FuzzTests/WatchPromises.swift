import CRDs
import JSON
import KubernetesAPI

@testable import ControllerRuntime
@testable import KubernetesClient

/// A watch is cut into the same lines however its bytes arrive, and no line stops the reader.
enum WatchPromises {
    // Small, so that an input of the usual length can go beyond it.
    private static let limit = 512

    /// The first byte says in how large pieces the others arrive.
    static func check(_ bytes: [UInt8]) throws(BrokenPromise) {
        let stream = Array(bytes.dropFirst())
        let pieces = Int(bytes.first ?? 0) % 64 + 1
        for limit in [limit, LineFramer.defaultLimit] {
            let expected = expectedLines(stream, limit: limit)
            for size in [max(1, stream.count), pieces] {
                try promise(
                    lines(of: stream, inPiecesOf: size, limit: limit) == expected,
                    "pieces of \(size) bytes with a limit of \(limit) give other lines"
                )
            }
        }
        for case .tooLong(let start, let size) in expectedLines(stream, limit: limit) {
            let reader = ObjectReader(kind: Pod.kind)
            if case .garbage(let reason) = reader.event(tooLong: start, size: size) {
                try promise(!reason.isEmpty, "a line is refused without a reason")
            }
        }
        for case .whole(let line) in expectedLines(stream, limit: LineFramer.defaultLimit) {
            try checkEvent(line, DatabaseCluster.kind)
            try checkEvent(line, OpsRequest.kind)
            try checkEvent(line, BackupStorage.kind)
            try checkEvent(line, Pod.kind)
            try checkEvent(line, PersistentVolumeClaim.kind)
            try checkEvent(line, Lease.kind)
            try checkDynamic(line)
        }
    }

    private static func lines(of stream: [UInt8], inPiecesOf size: Int, limit: Int) -> [WatchLine] {
        var framer = LineFramer(limit: limit)
        return Swift.stride(from: 0, to: stream.count, by: size).flatMap { start in
            framer.append(Array(stream[start..<min(start + size, stream.count)]))
        }
    }

    private static func expectedLines(_ stream: [UInt8], limit: Int) -> [WatchLine] {
        stream.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().compactMap { line in
            if line.count > limit { return .tooLong(start: Array(line.prefix(limit)), size: line.count) }
            let content = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            return content.isEmpty ? nil : .whole(Array(content))
        }
    }

    /// Whatever the line is, the reader has a word for it; garbage is what is no JSON or no event.
    private static func checkEvent<Object>(_ line: [UInt8], _ kind: ObjectKind<Object>) throws(BrokenPromise) {
        let reader = ObjectReader(kind: kind)
        let value = try? JSONValue(parsing: line)
        switch reader.event(line) {
        case .garbage(let reason):
            try promise(!reason.isEmpty, "a line is refused without a reason")
            let known = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]
            let isEvent = value?["type"]?.string.map(known.contains) == true && value?["object"] != nil
            try promise(!isEvent, "an event is taken for garbage: \(reason)")
        case .nameless(_, let reason): try promise(!reason.isEmpty, "an object is refused without a reason")
        case .object, .bookmark, .error: try promise(value != nil, "an event is read from what is no JSON")
        }
    }

    /// An object of any kind keeps all its fields.
    private static func checkDynamic(_ line: [UInt8]) throws(BrokenPromise) {
        let object = try? JSONDocument.decode(line) { (root) throws(JSONError) in
            try DynamicObject(resource: .pod, from: root)
        }
        guard let object else { return }
        let expected = try? JSONDocument.decode(line) { root in root.value(omitting: "metadata", "managedFields") }
        try promise(object.content == expected, "an object loses or changes fields")
    }
}
