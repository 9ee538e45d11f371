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
        let whole = lines(of: stream, inPiecesOf: max(1, stream.count), limit: LineFramer.defaultLimit)
        let pieces = Int(bytes.first ?? 0) % 64 + 1
        try promise(whole == expectedLines(stream), "the stream is not cut at its line ends")
        try promise(
            lines(of: stream, inPiecesOf: pieces, limit: LineFramer.defaultLimit) == whole,
            "pieces of \(pieces) bytes give other lines"
        )
        let isTooLong = stream.split(separator: UInt8(ascii: "\n")).contains { $0.count > limit }
        try promise(
            (lines(of: stream, inPiecesOf: pieces, limit: limit) == nil) == isTooLong,
            "the limit of a line does not hold"
        )
        for line in whole ?? [] {
            try checkEvent(line, DatabaseCluster.kind)
            try checkEvent(line, OpsRequest.kind)
            try checkEvent(line, BackupStorage.kind)
            try checkEvent(line, Pod.kind)
            try checkEvent(line, PersistentVolumeClaim.kind)
            try checkEvent(line, Lease.kind)
            try checkDynamic(line)
        }
    }

    private static func lines(of stream: [UInt8], inPiecesOf size: Int, limit: Int) -> [[UInt8]]? {
        var framer = LineFramer(limit: limit)
        var lines: [[UInt8]] = []
        for start in Swift.stride(from: 0, to: stream.count, by: size) {
            guard let more = try? framer.append(Array(stream[start..<min(start + size, stream.count)])) else {
                return nil
            }
            lines += more
        }
        return lines
    }

    private static func expectedLines(_ stream: [UInt8]) -> [[UInt8]] {
        stream.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
            .map { Array($0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0) }
            .filter { !$0.isEmpty }
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
