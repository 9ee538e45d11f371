import JSON
import Testing

@Suite struct JSONReadingTests {
    private let pod = Array(
        #"""
        {"kind":"Pod","metadata":{"managedFields":[{"fieldsV1":{"f:x":{"kind":"no"},"n":[1,2.5,-3]}}],"name":"a",
        "labels":{"x":"1"}},"spec":{"n":12,"d":1.5,"u":9223372036854775808,"b":true,"z":null,"l":["p",["q"],{"r":1}]}}
        """#.utf8
    )

    @Test("only the fields asked for are looked at, whatever stands before them")
    func sparse() throws {
        try JSONDocument.read(pod) { root in
            #expect(root["metadata"]?["name"]?.string == "a")
            #expect(root["metadata"]?["labels"]?["x"]?.isString("1") == true)
            #expect(root["spec"]?["n"]?.integer == 12)
            #expect(root["spec"]?["d"]?.double == 1.5)
            #expect(root["spec"]?["d"]?.integer == nil)
            #expect(root["spec"]?["u"]?.kind == .double)
            #expect(root["spec"]?["b"]?.bool == true)
            #expect(root["spec"]?["z"]?.isNull == true)
            #expect(root["spec"]?["missing"] == nil)
            #expect(root["kind"]?["name"] == nil)
            #expect(root.field(named: "kind")?.string == "Pod")
            #expect(root["spec"]?["l"]?.count == 3)
            var kinds: [JSONKind] = []
            root["spec"]?.forEachField { _, value in kinds.append(value.kind) }
            #expect(kinds == [.integer, .double, .double, .bool, .null, .array])
        }
    }

    @Test("a key is compared byte for byte in a switch")
    func keys() throws {
        var found: [String] = []
        try JSONDocument.read(Array(#"{"a":1,"ab":2,"A":3,"\u0061":4,"é":5,"":6}"#.utf8)) { root in
            root.forEachField { key, value in
                switch key {
                case "a": found.append("a\(value.integer ?? 0)")
                case "é": found.append("é")
                case "": found.append("empty")
                default: found.append("other " + key.string)
                }
            }
        }
        #expect(found == ["a1", "other ab", "other A", "a4", "é", "empty"])
    }

    @Test("fields can be left out of copies")
    func omitting() throws {
        let value = try JSONValue(parsing: pod)
        var expected = value
        expected["metadata"]?["managedFields"] = nil
        let (copied, bytes, whole) = try JSONDocument.read(pod) { root in
            (
                root.value(omitting: "metadata", "managedFields"),
                root.compactBytes(omitting: "metadata", "managedFields"),
                root.compactBytes()
            )
        }
        #expect(copied == expected)
        #expect(try JSONValue(parsing: bytes) == expected)
        #expect(try JSONValue(parsing: whole) == value)
        #expect(!whole.contains(UInt8(ascii: "\n")))
    }

    @Test("of fields with the same name the last one counts, and their paths are listed")
    func duplicates() throws {
        let text = #"{"b":1,"a":{"x":1,"x":2},"l":[{"k":1,"k":1,"k":3}],"b":5}"#
        let (value, duplicates) = try JSONDocument.value(of: Array(text.utf8))
        #expect(value == ["a": ["x": 2], "b": 5, "l": [["k": 3]]])
        #expect(duplicates == ["b", "a.x", "l[0].k"])
        #expect(try JSONDocument.read(Array(text.utf8)) { root in root["b"]?.integer } == 5)
    }

    @Test("a document can be read while another one is being read")
    func nested() throws {
        let names = try JSONDocument.read(pod) { outer in
            let inner = try JSONValue(parsing: #"{"name":"inner"}"#)
            return [inner["name"]?.string, outer["metadata"]?["name"]?.string]
        }
        #expect(names == ["inner", "a"])
    }

    @Test("many tasks read at once without seeing each other's documents")
    func concurrent() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for task in 0..<16 {
                group.addTask {
                    for round in 0..<50 {
                        let text =
                            "{\"pad\":\"\(String(repeating: "x", count: task * 97))\",\"v\":\"\(task)-\(round)\"}"
                        let read = try JSONDocument.read(Array(text.utf8)) { root in root["v"]?.string }
                        guard read == "\(task)-\(round)" else { return false }
                    }
                    return true
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test("what the body throws comes out, and the parser is free again")
    func errors() throws {
        struct Stop: Error {}
        for _ in 0..<20 {
            #expect(throws: Stop.self) { try JSONDocument.read(Array("[1]".utf8)) { _ in throw Stop() } }
            #expect(throws: JSONError.self) { try JSONDocument.read(Array("[1".utf8)) { _ in } }
        }
        #expect(try JSONValue(parsing: "[1]") == [1])
    }

    @Test("errors of decoding name the field")
    func paths() throws {
        let bytes = Array(#"{"spec":{"items":[{"name":"a"},{"name":7}]}}"#.utf8)
        let error = try #require(throws: JSONError.self) {
            try JSONDocument.decode(bytes) { (root) throws(JSONError) in
                try root.decodeFields { (_, spec) throws(JSONError) in
                    try spec.decodeFields { (_, items) throws(JSONError) in
                        _ = try items.decodeItems { (item) throws(JSONError) in try item.asStringMap() }
                    }
                }
            }
        }
        #expect(error.description == "spec.items[1].name: This must be a string, but it is a number.")
    }
}
