import JSON
import Testing

@Suite struct JSONReadingTests {
    @Test("of fields with the same name the last one counts, and their paths are listed")
    func duplicates() throws {
        let text = #"{"b":1,"a":{"x":1,"x":2},"l":[{"k":1,"k":1,"k":3}],"b":5}"#
        let (value, duplicates) = try JSONDocument.value(of: Array(text.utf8))
        #expect(value == ["a": ["x": 2], "b": 5, "l": [["k": 3]]])
        #expect(duplicates == ["b", "a.x", "l[0].k"])
        let read = try JSONDocument.read(Array(text.utf8)) { root in root["b"]?.integer }
        #expect(read == 5)
    }
}
