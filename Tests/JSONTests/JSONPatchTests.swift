import JSON
import Testing

@Suite struct JSONMergePatchTests {
    static let table: [(String, String, String)] = [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
        (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#), (#"{"a":"foo"}"#, "null", "null"),
        (#"{"a":"foo"}"#, #""bar""#, #""bar""#), (#"{"e":null}"#, #"{"a":1}"#, #"{"a":1,"e":null}"#),
        ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#), ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ]

    @Test("merge patches do what the appendix of RFC 7386 says", arguments: table)
    func apply(target: String, patch: String, expected: String) throws {
        let result = JSONMergePatch.apply(try JSONValue(parsing: patch), to: try JSONValue(parsing: target))
        #expect(result.description == expected)
    }

    @Test("the difference of two values leads from one to the other", arguments: table)
    func difference(from: String, _ patch: String, to: String) throws {
        let (from, to) = (try JSONValue(parsing: from), try JSONValue(parsing: to))
        let difference = JSONMergePatch.difference(from: from, to: to)
        #expect(JSONMergePatch.apply(difference ?? [:], to: from) == to)
        #expect(JSONMergePatch.difference(from: to, to: to) == nil)
    }

    @Test("the difference holds only what differs")
    func smallest() {
        let from: JSONValue = ["a": ["x": 1, "y": 2, "l": [1]], "b": 1, "gone": 1]
        let to: JSONValue = ["a": ["x": 1, "y": 3, "l": [1]], "b": 1, "new": [:]]
        #expect(JSONMergePatch.difference(from: from, to: to) == ["a": ["y": 3], "gone": .null, "new": [:]])
    }
}

@Suite struct JSONPatchTests {
    @Test(
        "JSON patches do what the appendix of RFC 6902 says",
        arguments: [
            (#"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux"}]"#, #"{"baz":"qux","foo":"bar"}"#),
            (#"{"foo":["bar","baz"]}"#, #"[{"op":"add","path":"/foo/1","value":"q"}]"#, #"{"foo":["bar","q","baz"]}"#),
            (#"{"baz":1,"foo":"bar"}"#, #"[{"op":"remove","path":"/baz"}]"#, #"{"foo":"bar"}"#),
            (#"{"foo":["a","b","c"]}"#, #"[{"op":"remove","path":"/foo/1"}]"#, #"{"foo":["a","c"]}"#),
            (#"{"baz":"qux"}"#, #"[{"op":"replace","path":"/baz","value":null}]"#, #"{"baz":null}"#),
            (
                #"{"foo":{"bar":"baz","w":"fred"},"qux":{"c":"g"}}"#,
                #"[{"op":"move","from":"/foo/w","path":"/qux/thud"}]"#,
                #"{"foo":{"bar":"baz"},"qux":{"c":"g","thud":"fred"}}"#
            ),
            (
                #"{"foo":["a","b","c","d"]}"#, #"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
                #"{"foo":["a","c","d","b"]}"#
            ),
            (
                #"{"baz":"qux","foo":["a",2,"c"]}"#,
                #"[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2.0}]"#,
                #"{"baz":"qux","foo":["a",2,"c"]}"#
            ),
            (#"{"foo":"bar"}"#, #"[{"op":"add","path":"/c","value":{"g":{}},"x":1}]"#, #"{"c":{"g":{}},"foo":"bar"}"#),
            (#"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":10}]"#, #"{"/":9,"~1":10}"#),
            (#"{"foo":["bar"]}"#, #"[{"op":"add","path":"/foo/-","value":["a"]}]"#, #"{"foo":["bar",["a"]]}"#),
            (
                #"{"a":[1]}"#, #"[{"op":"copy","from":"/a","path":"/b"},{"op":"add","path":"/b/0","value":0}]"#,
                #"{"a":[1],"b":[0,1]}"#
            ),
            ("[]", #"[{"op":"add","path":"","value":{"x":1}}]"#, #"{"x":1}"#),
            (#"{"a":1}"#, #"[{"op":"move","from":"/a","path":"/a"}]"#, #"{"a":1}"#),
        ]
    )
    func applies(target: String, patch: String, expected: String) throws {
        let result = try JSONPatch.apply(operations: JSONValue(parsing: patch), to: JSONValue(parsing: target))
        #expect(result.description == expected)
    }

    @Test(
        "a patch that cannot be applied says which operation and why",
        arguments: [
            (#"{"baz":"qux"}"#, #"[{"op":"test","path":"/baz","value":"bar"}]"#, 0, .testFailed),
            ("{}", #"[{"op":"add","path":"/x","value":1},{"op":"add","path":"/a/b","value":1}]"#, 1, .missingPath),
            ("{}", #"[{"op":"remove","path":"/a"}]"#, 0, .missingPath),
            ("{}", #"[{"op":"replace","path":"/a","value":1}]"#, 0, .missingPath),
            ("[1]", #"[{"op":"add","path":"/2","value":1}]"#, 0, .missingPath),
            ("[1]", #"[{"op":"replace","path":"/-","value":1}]"#, 0, .missingPath),
            ("[1]", #"[{"op":"remove","path":"/00"}]"#, 0, .missingPath),
            (#"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":"10"}]"#, 0, .testFailed),
            ("{}", #"[{"op":"test","path":"/a","value":null}]"#, 0, .missingPath),
            (#"{"a":{}}"#, #"[{"op":"move","from":"/a","path":"/a/b"}]"#, 0, .malformed),
            ("{}", #"[{"op":"spin","path":"/a"}]"#, 0, .malformed),
            ("{}", #"[{"op":"add","path":"/a"}]"#, 0, .malformed),
            ("{}", #"[{"op":"add","path":"a","value":1}]"#, 0, .malformed), ("{}", "{}", nil, .malformed),
            (#"{"a":"x"}"#, #"[{"op":"add","path":"/a/b","value":1}]"#, 0, .missingPath),
        ] as [(String, String, Int?, JSONPatchError.Reason)]
    )
    func refuses(target: String, patch: String, operation: Int?, reason: JSONPatchError.Reason) throws {
        let (operations, target) = (try JSONValue(parsing: patch), try JSONValue(parsing: target))
        let error = try #require(throws: JSONPatchError.self) {
            try JSONPatch.apply(operations: operations, to: target)
        }
        #expect(error.operation == operation)
        #expect(error.reason == reason, "\(error)")
    }

    @Test("pointers reach what RFC 6901 says and keep their text")
    func pointers() throws {
        let value = try JSONValue(
            parsing: #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#
        )
        let table: [(String, JSONValue?)] = [
            ("", value), ("/foo", ["bar", "baz"]), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/e^f", 3),
            ("/g|h", 4), (#"/i\j"#, 5), (#"/k"l"#, 6), ("/ ", 7), ("/m~0n", 8), ("/foo/2", nil), ("/foo/-", nil),
            ("/foo/01", nil), ("/foo/0/x", nil), ("/foo/+1", nil), ("/foo/99999999999999999999", nil),
        ]
        for (text, expected) in table {
            let pointer = try #require(JSONPointer(text))
            #expect(value.at(pointer) == expected, "\(text)")
            #expect(pointer.description == text)
        }
        for wrong in ["foo", "/a~", "/a~2", "#/a"] { #expect(JSONPointer(wrong) == nil) }
    }
}
