import JSON
import Testing

@Suite struct JSONParsingTests {
    @Test(
        "JSON is read as RFC 8259 says",
        arguments: [
            ("null", .null), ("true", true), ("false", false), (" \t\r\n[ ]\n", []), ("{}", [:]), ("[null]", [.null]),
            ("0", 0), ("-0", 0), ("-1", -1), ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .double(9_223_372_036_854_775_808)),
            ("18446744073709551615", .double(18_446_744_073_709_551_616)),
            ("1.0", 1.0), ("-0.5e-2", -0.005), ("1E+2", 100.0), ("5e-324", .double(.leastNonzeroMagnitude)),
            ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)), ("0.1", 0.1), ("1e-400", 0.0),
            (#""""#, ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u0000""#, "é\0"),
            (#""\ud83d\ude00""#, "😀"), ("\"é😀\u{7F}\u{2028}\"", "é😀\u{7F}\u{2028}"), (#""\uFFFF""#, "\u{FFFF}"),
            (#"{"a":{"b":[1,{"c":[]}]},"":0}"#, ["a": ["b": [1, ["c": []]]], "": 0]),
        ] as [(String, JSONValue)]
    )
    func accepts(text: String, expected: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == expected)
    }

    @Test(
        "what is not JSON is an error",
        arguments: [
            "", " ", "[", "]", "{", "}", "[1,]", "[,1]", "[1 2]", "{\"a\":1,}", "{\"a\"}", "{\"a\":}", "{a:1}", "{1:2}",
            "{\"a\" 1}", "[1]]", "[1][2]", "1 2", "nul", "True", "NaN", "Infinity", "-", "+1", "01", "-01", "1.", ".5",
            "1e", "1e+", "0x1", "1_000", "1e400", "18446744073709551616", "-9223372036854775809", "\"", "\"a", "'a'",
            "\"\\x41\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\t\"", "\"a\nb\"",
            "\"\u{1F}\"", "// x\n1", "/* */1", "\u{FEFF}1", "[\"a\",\n", "{\"a\":1 \"b\":2}", "[1}", "\u{C}1",
            "\u{A0}1",
        ]
    )
    func rejects(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test(
        "text that is not UTF-8 is an error",
        arguments: [[0xFF], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3]]
            as [[UInt8]]
    )
    func rejectsBytes(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22] + bytes + [0x22]) }
    }

    @Test("128 levels are read, 129 are refused with a reason")
    func depth() throws {
        func nested(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        #expect(try JSONValue(parsing: nested(128)).description == nested(128))
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: nested(129)) }
        #expect(error.message.contains("128"))
    }

    @Test("numbers too large say so, and no error quotes the document")
    func messages() throws {
        let number = try #require(throws: JSONError.self) { try JSONValue(parsing: "18446744073709551616") }
        #expect(number.message.contains("too large"))
        let secret = try #require(throws: JSONError.self) { try JSONValue(parsing: #"{"password":"hunter2" x}"#) }
        #expect(!secret.description.contains("hunter2"))
    }

    @Test("names that only Swift takes for the same text stay two fields, in the order of their bytes")
    func canonicalEquivalence() throws {
        let value = try JSONValue(parsing: "{\"e\u{301}\":1,\"\u{E9}\":2,\"z\":3,\"\u{FF21}\":4,\"\u{1F600}\":5}")
        #expect(value["\u{E9}"] == 2)
        #expect(value["e\u{301}"] == 1)
        let names = try #require(value.object?.names.map { Array($0.utf8) })
        #expect(names == names.sorted { $0.lexicographicallyPrecedes($1) })
        #expect(names.count == 5)
        #expect(JSONValue.string("\u{E9}") != JSONValue.string("e\u{301}"))
    }

    @Test("an object made from fields in any order equals one made field by field", arguments: 0..<50)
    func objectOrder(seed: Int) {
        let names = (0..<30).map { "k\(($0 * 7 + seed * 13) % 23)" }
        let pairs = zip(names, 0...).map { ($0, JSONValue($1)) }
        var one = JSONObject()
        for (name, value) in pairs { one[name] = value }
        #expect(JSONObject(pairs) == one)
        #expect(one.count == 23)
    }
}
