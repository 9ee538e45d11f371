/// The header fields of a request or an answer, in the order they were written.
///
/// Names are compared without regard to case, as RFC 9110 asks; a name may occur more than once.
package struct HTTPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// One field.
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    /// All fields in order.
    package private(set) var fields: [Field] = []

    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// The fields of an answer's head, whose lines end in LF or CR LF; a line without a colon is none.
    init(lines: [UInt8]) {
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            let end = value.last == UInt8(ascii: "\r") ? value.dropLast() : value
            add(String(decoding: line[..<colon], as: UTF8.self), String(decoding: end, as: UTF8.self))
        }
    }

    /// Adds a field behind those that are there.
    ///
    /// Control characters are left out of the value, so that no value can smuggle in a further field.
    package mutating func add(_ name: String, _ value: String) {
        let isClean = value.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x09 }
        let kept = isClean ? value : String(value.unicodeScalars.filter { $0.value >= 0x20 || $0.value == 0x09 })
        fields.append(Field(name: name, value: kept))
    }

    /// The value of the first field of that name; writing replaces all fields of the name, nil removes them.
    package subscript(name: String) -> String? {
        get { fields.first { Self.isSame($0.name, name) }?.value }
        set {
            fields.removeAll { Self.isSame($0.name, name) }
            if let newValue { add(name, newValue) }
        }
    }

    private static func isSame(_ one: String, _ other: String) -> Bool {
        one.utf8.count == other.utf8.count && zip(one.utf8, other.utf8).allSatisfy { lowercase($0) == lowercase($1) }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}

extension HTTPHeaders: RandomAccessCollection {
    package var startIndex: Int { fields.startIndex }
    package var endIndex: Int { fields.endIndex }
    package subscript(position: Int) -> Field { fields[position] }
}
