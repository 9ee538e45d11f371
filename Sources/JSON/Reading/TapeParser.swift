import CSimdJSON
import Synchronization

/// A simdjson parser with the buffers of the last document it read.
///
/// The pool takes it back after the last use of its tape.
@safe
final class TapeParser: @unchecked Sendable {  // Sound because the pool hands it to one reader at a time.
    private let parser: OpaquePointer

    /// Nil when there is no memory.
    init?() {
        guard let created = unsafe csimdjson_create(JSONDocument.maximalDepth) else { return nil }
        unsafe parser = created
    }

    deinit { unsafe csimdjson_destroy(parser) }

    /// The largest document it has room for, in bytes.
    var capacity: Int { unsafe csimdjson_capacity(parser) }

    /// The root of the document; valid until the parser reads the next one.
    func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSONElement {
        guard let start = bytes.baseAddress, bytes.count > 0 else {
            throw JSONError(message: "This is not JSON: the text is empty.")
        }
        let code = unsafe csimdjson_parse(parser, start.assumingMemoryBound(to: UInt8.self), bytes.count)
        guard code == 0, let tape = unsafe csimdjson_tape(parser), let strings = unsafe csimdjson_strings(parser) else {
            throw TapeParser.error(code)
        }
        return unsafe JSONElement(tape: tape, strings: strings, index: 1)
    }

    private static func error(_ code: Int32) -> JSONError {
        switch code {
        case csimdjson_depth_error():
            return JSONError(
                message: "The JSON is nested deeper than \(JSONDocument.maximalDepth) levels; make it flatter."
            )
        case csimdjson_number_error():
            return JSONError(
                message: "This is not JSON: a number is written wrongly or too large (integers go up to 64 bits)."
            )
        default:
            let reason = unsafe csimdjson_message(code).map { unsafe String(cString: $0) } ?? "unknown problem"
            return JSONError(message: "This is not JSON: \(reason.prefix(1).lowercased())\(reason.dropFirst())")
        }
    }
}

/// Parsers that wait for their next document, so that reading a small one allocates nothing.
final class TapeParserPool: Sendable {
    static let shared = TapeParserPool()

    private static let maximalCount = 8
    // simdjson keeps about ten bytes per byte of the largest document; a list page must not stay resident for ever.
    private static let maximalCapacity = 256 << 10

    private let idle = Mutex<[TapeParser]>([])

    func take() throws(JSONError) -> TapeParser {
        if let waiting = idle.withLock({ $0.popLast() }) { return waiting }
        guard let created = TapeParser() else {
            throw JSONError(message: "There is no memory to read JSON; give the process more.")
        }
        return created
    }

    func giveBack(_ parser: TapeParser) {
        guard parser.capacity <= Self.maximalCapacity else { return }
        idle.withLock { parsers in
            if parsers.count < Self.maximalCount { parsers.append(parser) }
        }
    }
}
