import JSON
import Testing

@Suite struct JSONWritingTests {
    @Test("values are written compactly with sorted names and only the escapes that must be")
    func compact() {
        let value: JSONValue = [
            "b": [1, -2.5, .null, true], "a": "\"\\/\u{8}\u{C}\n\r\t\u{1}\u{1F}\u{7F}é<&>", "": [:],
        ]
        let expected = #"{"":{},"a":"\"\\/\b\f\n\r\t\u0001\u001f"# + "\u{7F}é<&>" + #"","b":[1,-2.5,null,true]}"#
        #expect(value.description == expected)
    }

    @Test("a character that must be escaped is, wherever it stands", arguments: ["\"", "\\", "\u{1}", "\u{1F}", "\n"])
    func escapesAnywhere(_ special: String) throws {
        for length in 0..<20 {
            for position in 0...length {
                let text =
                    String(repeating: "a", count: position) + special
                    + String(repeating: "\u{7F}é~ ", count: length - position)
                let bytes = JSONValue.string(text).serialized()
                #expect(bytes.count > text.utf8.count + 2)
                #expect(try JSONValue(parsing: bytes) == .string(text))
            }
        }
        let plain = String(repeating: "ä b\u{7F}€!#[]", count: 9)
        #expect(JSONValue.string(plain).serialized() == Array("\"\(plain)\"".utf8))
    }

    @Test("people get two spaces per level")
    func pretty() {
        let value: JSONValue = ["a": [1, [:], ["b": []]], "c\n": "d"]
        #expect(
            value.prettyPrinted() == """
                {
                  "a": [
                    1,
                    {},
                    {
                      "b": []
                    }
                  ],
                  "c\\n": "d"
                }
                """
        )
    }

    @Test("what is written is read as the same value, also from the pretty text", arguments: 1...20)
    func roundTrip(seed: UInt64) throws {
        var generator = ValueGenerator(state: seed &* 0x9E37_79B9_7F4A_7C15)
        for _ in 0..<50 {
            let value = generator.value(depth: 5)
            #expect(try JSONValue(parsing: value.serialized()) == value)
            #expect(try JSONValue(parsing: value.prettyPrinted()) == value)
        }
    }

    @Test("the writer puts commas and colons where they belong")
    func writer() throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("a")
        writer.beginArray()
        writer.integer(1)
        writer.beginObject()
        writer.endObject()
        writer.raw("[2]".utf8)
        writer.endArray()
        writer.key("b")
        writer.double(.infinity)
        writer.key("c")
        try JSONDocument.read(Array(#"{"x": [1, "\n"]}"#.utf8)) { root in writer.element(root) }
        writer.endObject()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"a":[1,{},[2]],"b":null,"c":{"x":[1,"\n"]}}"#)
    }

    @Test("the hash of a value never changes and does not depend on the order of its fields")
    func hash() {
        #expect(stableHash(of: "") == 0x07CC_7607_B494_9E25)
        #expect(stableHash(of: ["a": 1, "b": 2]) == stableHash(of: ["b": 2, "a": 1]))
        #expect(stableHash(of: ["a": 1]) != stableHash(of: ["a": "1"]))
    }
}

/// Random values, the same for the same seed.
private struct ValueGenerator {
    var state: UInt64

    private mutating func next(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % bound
    }

    mutating func value(depth: Int) -> JSONValue {
        switch next(depth > 0 ? 8 : 6) {
        case 0: return .null
        case 1: return .bool(next(2) == 0)
        case 2: return .integer(Int64(truncatingIfNeeded: state))
        case 3:
            let double = Double(bitPattern: state)
            return .double(double.isFinite ? double : 0.5)
        case 4, 5: return .string(string())
        case 6: return .array((0..<next(5)).map { _ in value(depth: depth - 1) })
        default: return .object(JSONObject((0..<next(5)).map { _ in (string(), value(depth: depth - 1)) }))
        }
    }

    private mutating func string() -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<next(12) {
            let limit = [0x30, 0x80, 0x800, 0x11_0000][next(4)]
            if let scalar = Unicode.Scalar(UInt32(next(limit))) { scalars.append(scalar) }
        }
        return String(scalars)
    }
}
