import JSON
import Testing
import YAML

@Suite struct YAMLReadingTests {
    private func read(_ text: String) throws -> JSONValue {
        let documents = try YAML.parse(Array(text.utf8))
        try #require(documents.count == 1)
        return documents[0]
    }

    @Test(
        "scalars without quotes are what kubectl takes them for",
        arguments: [
            ("yes", true), ("On", true), ("TRUE", true), ("y", true), ("no", false), ("OFF", false), ("N", false),
            ("~", .null), ("null", .null), ("", .null),
            ("0", 0), ("12", 12), ("-7", -7), ("+3", 3), ("0x1F", 31), ("0b101", 5), ("017", 15), ("0o17", 15),
            ("1_000", 1000), ("9223372036854775807", 9_223_372_036_854_775_807), ("-0x10", -16),
            ("-9223372036854775808", .integer(.min)), ("18446744073709551615", .double(18_446_744_073_709_551_616)),
            ("1.5", 1.5), ("1e3", 1000), ("3.0", 3), (".5", 0.5), ("-.5e-1", -0.05), ("08", 8), ("1e400", "1e400"),
            ("2026-11-01T12:00:00Z", "2026-11-01T12:00:00Z"), ("2026-11-01", "2026-11-01"), ("1:30", "1:30"),
            ("yEs", "yEs"), ("1.2.3", "1.2.3"), ("0x", "0x"), ("1e", "1e"), ("_1", "_1"),
        ] as [(String, JSONValue)]
    )
    func plainScalars(text: String, expected: JSONValue) throws {
        #expect(try read("v: \(text)\nw: 1")["v"] == expected)
    }

    @Test("quotes and tags make strings of everything")
    func quotes() throws {
        #expect(
            try read(#"{a: "yes", b: '12', c: !!str 1.5, d: "", e: !custom 7}"#)
                == ["a": "yes", "b": "12", "c": "1.5", "d": "", "e": "7"]
        )
        #expect(try read("a: |\n  x\n  y\nb: >-\n  x\n  y") == ["a": "x\ny\n", "b": "x y"])
    }

    @Test("keys become strings")
    func keys() throws {
        #expect(try read("1: a\nyes: b\n1.5: c\n'2': d") == ["1": "a", "true": "b", "1.5": "c", "2": "d"])
    }

    @Test("a mapping's own fields go before merged ones, earlier merged ones before later ones")
    func mergeKeys() throws {
        let text = """
            a: &a {p: 1, q: 1}
            b: &b {q: 2, r: 2}
            one: {p: 9, <<: *a}
            two: {<<: [*a, *b], r: 7}
            text: {"<<": 1}
            """
        let value = try read(text)
        #expect(value["one"] == ["p": 9, "q": 1])
        #expect(value["two"] == ["p": 1, "q": 1, "r": 7])
        #expect(value["text"] == ["<<": 1])
    }

    @Test("several documents are read and the empty ones dropped")
    func documents() throws {
        let text = "---\n# nothing\n---\na: 1\n---\n---\n- b\n...\n"
        #expect(try YAML.parse(Array(text.utf8)) == [["a": 1], ["b"]])
        #expect(try YAML.parse([]) == [])
    }

    @Test("an anchor ends with its document")
    func anchorScope() throws {
        #expect(throws: YAMLError.self) { try YAML.parse(Array("a: &x 1\n---\nb: *x\n".utf8)) }
    }

    @Test(
        "errors say where",
        arguments: [
            ("a: 1\nb: [1, 2\nc: 3", 3, 2), ("a:\n  x: 1\n  y: 2\n  x: 3", 4, 3), ("a: 1\n b: 2", 2, 3),
            ("a: *nothing", 1, 4), ("a: .inf", 1, 4), ("[1]: 2", 1, 1), ("<<: 5", 1, 5), ("a: &x [*x]", 1, 8),
            ("a: 1\nb: \u{1}", 2, 4), ("\t- 1", 1, 1), ("a: !!int x", 1, 4), ("? \n: 1", 1, 2),
        ]
    )
    func errors(text: String, line: Int, column: Int) throws {
        let error = try #require(throws: YAMLError.self) { try YAML.parse(Array(text.utf8)) }
        #expect([error.line, error.column] == [line, column], "\(error)")
    }

    @Test("invalid UTF-8 is an error")
    func encoding() {
        #expect(throws: YAMLError.self) { try YAML.parse([0x61, 0x3A, 0x20, 0xFF, 0xFE]) }
    }

    @Test("aliases of aliases cannot make a small text a huge value")
    func aliasBomb() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", "))]\n"
        }
        let error = try #require(throws: YAMLError.self) { try YAML.parse(Array(text.utf8)) }
        #expect(error.message.contains("aliases"))
        #expect(throws: YAMLError.self) { try YAML.parse(Array(repeating: UInt8(ascii: "["), count: 129)) }
    }

    @Test("aliases cannot nest deeper than a document may")
    func aliasDepth() throws {
        var text = "a0: &a0 {}\n"
        for level in 1...130 { text += "a\(level): &a\(level) {x: *a\(level - 1)}\n" }
        let error = try #require(throws: YAMLError.self) { try YAML.parse(Array(text.utf8)) }
        #expect(error.message.contains("deeper"))
    }
}
