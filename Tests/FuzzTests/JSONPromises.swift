import JSON
import YAML

/// What is read as JSON is written so that it is read again as the same.
enum JSONPromises {
    static func check(_ bytes: [UInt8]) throws(BrokenPromise) {
        guard let (value, duplicates) = try? JSONDocument.value(of: bytes) else { return }
        try checkWalk(bytes, value, hasDuplicates: !duplicates.isEmpty)
        try promise(reread(value.serialized()) == value, "compact JSON is read again as another value")
        try promise(reread(Array(value.prettyPrinted().utf8)) == value, "indented JSON is read as another value")
        try checkYAML(value)
        let patched = JSONMergePatch.apply(value, to: value)
        try promise(JSONMergePatch.difference(from: patched, to: patched) == nil, "a value differs from itself")
    }

    private static func reread(_ bytes: [UInt8]) -> JSONValue? { try? JSONValue(parsing: bytes) }

    /// The sparse walk sees what the values hold.
    private static func checkWalk(
        _ bytes: [UInt8],
        _ value: JSONValue,
        hasDuplicates: Bool
    ) throws(BrokenPromise) {
        let seen = try? JSONDocument.decode(bytes) { root in
            (copy: root.compactBytes(), without: root.compactBytes(omitting: "metadata", "managedFields"), walk(root))
        }
        guard let seen else { throw BrokenPromise("the second reading of the same bytes fails") }
        try promise(reread(seen.copy) == value, "a copied document is read as another value")
        var rest = value
        if var metadata = rest["metadata"], metadata.object != nil, !hasDuplicates {
            metadata["managedFields"] = nil
            rest["metadata"] = metadata
        }
        if !hasDuplicates { try promise(reread(seen.without) == rest, "leaving out a field changes another") }
        if !hasDuplicates { try promise(seen.2 == size(value), "the walk does not see every value") }
    }

    private static func walk(_ element: JSONElement) -> Int {
        var total = 1
        element.forEachField { key, field in
            total += walk(field)
            _ = key.string
            _ = element.field(named: key.string)?.kind
        }
        element.forEachItem { item in total += walk(item) }
        _ = (element["metadata"]?.isNull, element.double, element.integer, element.string, element.bool)
        return total
    }

    private static func size(_ value: JSONValue) -> Int {
        switch value {
        case .array(let items): items.reduce(1) { $0 + size($1) }
        case .object(let fields): fields.reduce(1) { $0 + size($1.value) }
        default: 1
        }
    }

    /// Any value can be printed as YAML.
    private static func checkYAML(_ value: JSONValue) throws(BrokenPromise) {
        let expected = value.isNull ? [] : [YAMLPromises.withWholeNumbers(value)]
        try YAMLPromises.checkReading(YAML.write(value), gives: expected)
    }
}
