/// Sparse reading: a document is checked as a whole, then only the fields asked for are looked at.
///
/// Strictly RFC 8259: UTF-8, no byte order mark, at most ``maximalDepth`` levels. Of two fields with the same name the
/// later one counts; ``JSONElement/duplicateFields()`` lists such names.
package enum JSONDocument {
    /// How deep arrays and objects may be nested.
    package static let maximalDepth = 128

    /// Reads a document and lets the body look at its root.
    ///
    /// The elements are valid only inside of the body. Reading another document inside of it is allowed.
    /// - Throws: `JSONError` when the bytes are not JSON, and what the body throws.
    package static func read<Result, Failure: Error>(
        _ bytes: [UInt8],
        _ body: (JSONElement) throws(Failure) -> Result
    ) throws -> Result {
        try unsafe bytes.withUnsafeBytes { buffer in try unsafe read(buffer, body) }
    }

    /// Reads a document from memory that stays as it is during the call; it needs no padding.
    ///
    /// - Throws: `JSONError` when the bytes are not JSON, and what the body throws.
    package static func read<Result, Failure: Error>(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (JSONElement) throws(Failure) -> Result
    ) throws -> Result {
        let parser = try TapeParserPool.shared.take()
        defer { TapeParserPool.shared.giveBack(parser) }
        return try body(try unsafe parser.parse(bytes))
    }

    /// Reads a document with a body that fails only because the JSON is not what it needs.
    package static func decode<Result>(
        _ bytes: [UInt8],
        _ body: (JSONElement) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        let parser = try TapeParserPool.shared.take()
        defer { TapeParserPool.shared.giveBack(parser) }
        // The parser has its own copy of the bytes, so its root outlives the pointer to them.
        let root = unsafe bytes.withUnsafeBytes { buffer in
            Swift.Result { () throws(JSONError) in try unsafe parser.parse(buffer) }
        }
        return try body(try root.get())
    }

    /// The whole document as a value, with the paths of the fields that occur more than once in their object.
    package static func value(
        of bytes: [UInt8]
    ) throws(JSONError) -> (value: JSONValue, duplicateFields: [String]) {
        try decode(bytes) { root in (root.value(), root.duplicateFields()) }
    }
}

extension JSONValue {
    /// The value of a document, with later fields winning over earlier ones of the same name.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        self = try JSONDocument.decode(bytes) { root in root.value() }
    }

    /// The value of a document given as text.
    package init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }
}
