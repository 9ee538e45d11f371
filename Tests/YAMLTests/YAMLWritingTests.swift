import JSON
import Testing
import YAML

@Suite struct YAMLWritingTests {
    @Test("a manifest looks as kubectl prints it")
    func manifest() {
        let value: JSONValue = [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": ["labels": ["version": "1.10", "on": "yes"], "creationTimestamp": "2026-11-01T12:00:00Z"],
            "items": [["name": "a", "ports": [80, 443]], [], [[1, 2], ["k": "v"]], .null],
            "data": ["script": "#!/bin/sh\nexec x\n", "open": "a\nb", "tail": "a\n\n", "lead": "  a\nb\n"],
            "empty": [:], "none": "", "colon": "a: b", "url": "http://x:80/#y", "quote": "it's", "star": "*x",
        ]
        let expected = """
            apiVersion: v1
            colon: 'a: b'
            data:
              lead: |2
                  a
                b
              open: |-
                a
                b
              script: |
                #!/bin/sh
                exec x
              tail: |+
                a

            empty: {}
            items:
            - name: a
              ports:
              - 80
              - 443
            - []
            - - - 1
                - 2
              - k: v
            - null
            kind: ConfigMap
            metadata:
              creationTimestamp: "2026-11-01T12:00:00Z"
              labels:
                "on": "yes"
                version: "1.10"
            none: ""
            quote: it's
            star: '*x'
            url: http://x:80/#y

            """
        #expect(YAML.write(value) == expected)
    }

    @Test("what is written is read as the same value", arguments: 0..<8)
    func roundTrip(seed: UInt64) throws {
        var generator = ValueGenerator(seed: seed)
        for _ in 0..<400 {
            let value = generator.value(depth: 4)
            let text = YAML.write(value)
            #expect(try YAML.parse(Array(text.utf8)) == (value.isNull ? [] : [value]), "\(value)\n\(text)")
        }
    }

    @Test("several documents are kept apart")
    func documents() throws {
        let values: [JSONValue] = [["a": 1], ["--- b"], "c"]
        #expect(try YAML.parse(Array(YAML.write(documents: values).utf8)) == values)
    }
}

/// Values made of the pieces that make YAML hard, the same for the same seed.
private struct ValueGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    private mutating func next(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % bound
    }

    mutating func value(depth: Int) -> JSONValue {
        switch next(depth > 0 ? 9 : 6) {
        case 0: return .null
        case 1: return .bool(next(2) == 0)
        case 2: return .integer(Int64(next(2000)) - 1000)
        case 3: return .double(Double(next(2000)) + 0.25)
        case 4, 5: return .string(string())
        case 6: return .array((0..<next(4)).map { _ in value(depth: depth - 1) })
        default: return .object(JSONObject((0..<next(4)).map { _ in (string(), value(depth: depth - 1)) }))
        }
    }

    private static let pieces = [
        " ", "  ", "\n", "\n\n", "\t", "\r", "\r\n", ":", ": ", " #", "#", "-", "- ", "---", "...", "?", "!", "&a",
        "*a", "|", ">",
        "'", "\"", "\\", "%", "@", "`", "[", "]", "{", "}", ",", "yes", "null", "~", "0x1F", "1", "12", "1e3", ".5",
        "017", "=", "<<",
        "2026-11-01", "1:30", ".inf", "true", "a", "word", "é", "e\u{301}", " \u{301}", "'\u{301}", "\u{85}",
        "\u{2028}",
        "\u{FEFF}", "\u{0}", "\u{7}", "\u{9F}", "\u{1F600}", "\u{FFFE}",
        "long words that would be folded by other writers",
    ]

    private mutating func string() -> String {
        (0..<next(5)).map { _ in Self.pieces[next(Self.pieces.count)] }.joined()
    }
}
