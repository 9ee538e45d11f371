package import JSON

/// YAML as Kubernetes' tools read and write it.
///
/// Every document is a JSON value in the end: anchors, tags and comments do not survive reading.
package enum YAML {
    /// How deep lists and mappings may be nested, as in JSON.
    package static let maximalDepth = JSONDocument.maximalDepth

    /// The documents of a text, the empty ones dropped.
    ///
    /// Scalars without quotes are read as `sigs.k8s.io/yaml` reads them, YAML 1.1: yes, no, on and off are booleans,
    /// 0x1F, 0b101, 017 and 1_000 are integers, times stay strings. Keys become strings; a whole number is an integer
    /// also when it is written with a point. A mapping's own fields go before those it merges with `<<`.
    /// - Throws: the first error, with its place; a key that occurs twice in one mapping is an error.
    package static func parse(_ text: [UInt8]) throws(YAMLError) -> [JSONValue] {
        var composer = Composer(events: try EventReader(text))
        return try composer.documents()
    }

    /// A value in block style with sorted keys, as kubectl prints it; ends with a line end.
    ///
    /// Reading it again gives the same value, but for whole doubles, which come back as integers, and infinities and
    /// NaN, which are written as null.
    package static func write(_ value: JSONValue) -> String {
        var writer = BlockWriter()
        writer.document(value)
        return writer.text
    }

    /// Several values as one text of documents between lines of "---".
    package static func write(documents: [JSONValue]) -> String { documents.map(write).joined(separator: "---\n") }
}

/// Why a text cannot be read as YAML.
package struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A sentence without the place.
    package let message: String
    /// The line, from 1.
    package let line: Int
    /// The column, from 1.
    package let column: Int

    /// The place and the sentence.
    package var description: String { "line \(line), column \(column): \(message)" }
}
