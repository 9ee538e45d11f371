import JSON
import Testing

@testable import Sandbox

@Suite struct SchemaValidationTests {
    private func errors(_ property: JSONValue, _ value: JSONValue, old: JSONValue? = nil) throws -> [String] {
        let schema = try StructuralSchema(compiling: ["type": "object", "properties": ["x": property]])
        return schema.validate(["x": value], old: old.map { ["x": $0] }).map(\.message)
    }

    @Test("Where no branch fits, the refusal is followed by the errors of the branch that fits best")
    func branches() throws {
        let quantity: JSONValue = [
            "anyOf": [["type": "integer"], ["type": "string"]], "x-kubernetes-int-or-string": true,
            "pattern": #"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE])?$"#,
        ]
        #expect(try errors(quantity, "10Gi").isEmpty)
        #expect(try errors(quantity, 5).isEmpty)
        #expect(try errors(quantity, "much").count == 1)
        #expect(
            try errors(quantity, true) == [
                "x: Invalid value: \"boolean\": x in body must be of type integer,string: \"boolean\"",
                "<nil>: Invalid value: \"\": \"x\" must validate at least one schema (anyOf)",
                "x: Invalid value: \"boolean\": x in body must be of type integer: \"boolean\"",
            ]
        )
        let either: JSONValue = [
            "type": "object", "properties": ["a": ["type": "string"], "b": ["type": "string"]],
            "oneOf": [["required": ["a"]], ["required": ["b"]]],
        ]
        #expect(try errors(either, ["a": "1"]).isEmpty)
        #expect(
            try errors(either, ["a": "1", "b": "2"]) == [
                "<nil>: Invalid value: \"\": \"x\" must validate one and only one schema (oneOf). "
                    + "Found 2 valid alternatives"
            ]
        )
        #expect(
            try errors(either, [:]) == [
                "<nil>: Invalid value: \"\": \"x\" must validate one and only one schema (oneOf). Found none valid",
                "x.a: Required value",
            ]
        )
        let no: JSONValue = ["type": "string", "not": ["enum": ["bad"]]]
        #expect(try errors(no, "bad") == ["<nil>: Invalid value: \"\": \"x\" must not validate the schema (not)"])
    }

    @Test("Formats and ranges of numbers are checked as strictly as the API server does")
    func formats() throws {
        let dates: [(String, Bool)] = [
            ("2026-11-21T03:00:00Z", true), ("2026-11-21T03:00:00.5+02:00", true), ("2026-02-30T03:00:00Z", false),
            ("2026-11-21T24:00:00Z", false), ("2026-11-21", false),
        ]
        for (text, isFine) in dates { #expect(ValueFormat.accepts(text, as: "date-time") == isFine, "\(text)") }
        for (text, isFine) in [("1h30m", true), ("3 days", true), ("10", false), ("h", false)] {
            #expect(ValueFormat.accepts(text, as: "duration") == isFine, "\(text)")
        }
        for (text, isFine) in [("10.0.0.0/8", true), ("fe80::/10", true), ("10.0.0.0/33", false), ("::1", false)] {
            #expect(ValueFormat.accepts(text, as: "cidr") == isFine, "\(text)")
        }
        #expect(
            try errors(["type": "integer", "format": "int32"], 3_000_000_000) == [
                "<nil>: Invalid value: \"\": Checked value must be of type integer with format int32 in x"
            ]
        )
        #expect(
            try errors(["type": "number", "maximum": 1_000_000], 2.5e6) == [
                "x: Invalid value: 2.5e+06: x in body should be less than or equal to 1e+06"
            ]
        )
        #expect(
            try errors(["type": "integer", "multipleOf": 5], 7) == [
                "x: Invalid value: 7: x in body should be a multiple of 5"
            ]
        )
    }

    @Test("What was wrong and is unchanged is let through, also in an item found by its key")
    func unchanged() throws {
        let list: JSONValue = [
            "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "items": [
                "type": "object", "required": ["name"],
                "properties": ["name": ["type": "string"], "size": ["type": "integer", "maximum": 5]],
            ],
        ]
        let old: JSONValue = [["name": "a", "size": 9], ["name": "b", "size": 1]]
        #expect(try errors(list, old).count == 1)
        #expect(try errors(list, [["name": "b", "size": 2], ["name": "a", "size": 9]], old: old).isEmpty)
        #expect(try errors(list, [["name": "a", "size": 8]], old: old).count == 1)
    }

    @Test("Rules that were not looked at are mentioned after an error that keeps them from running")
    func rules() throws {
        let rule: JSONValue = [["rule": "self.size > 1"]]
        let ruled: JSONValue = [
            "type": "object", "x-kubernetes-validations": rule, "required": ["size"],
            "properties": ["size": ["type": "integer", "maximum": 5]],
        ]
        #expect(
            try errors(ruled, [:]) == [
                "x.size: Required value",
                "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; "
                    + "correct the existing errors to complete validation",
            ]
        )
        #expect(try errors(ruled, ["size": 6]).count == 1)
    }

    @Test("Fields without a schema are pruned and told, except where they are preserved")
    func pruning() throws {
        let schema = try StructuralSchema(compiling: [
            "type": "object",
            "properties": [
                "spec": [
                    "type": "object",
                    "properties": [
                        "items": [
                            "type": "array", "items": ["type": "object", "properties": ["a": ["type": "string"]]],
                        ],
                        "map": ["type": "object", "additionalProperties": ["type": "object"]],
                        "free": [
                            "type": "object", "x-kubernetes-preserve-unknown-fields": true,
                            "properties": ["known": ["type": "object"]],
                        ],
                        "template": [
                            "type": "object", "x-kubernetes-embedded-resource": true,
                            "x-kubernetes-preserve-unknown-fields": true,
                        ],
                    ],
                ]
            ],
        ])
        var object: JSONValue = [
            "apiVersion": "v1", "kind": "K", "metadata": ["name": "n", "labels": ["a": "b"], "lables": [:]],
            "spec": [
                "items": [["a": "1"], ["a": "1", "b": "2"]], "map": ["k": ["x": 1]],
                "free": ["any": ["thing": 1], "known": ["y": 1]],
                "template": ["kind": "Pod", "metadata": ["name": "p", "odd": 1], "spec": ["z": 1]],
            ],
            "extra": true,
        ]
        let unknown = schema.prune(&object)
        #expect(
            unknown == [
                "extra", "metadata.lables", "spec.free.known.y", "spec.items[1].b", "spec.map.k.x",
                "spec.template.metadata.odd",
            ]
        )
        #expect(object.at("spec", "free") == ["any": ["thing": 1], "known": [:]])
        #expect(object.at("spec", "template", "spec") == ["z": 1])
        #expect(schema.prune(&object).isEmpty)
    }

    @Test("Defaults fill what is absent or wrongly null, inside of defaults and items too")
    func defaults() throws {
        let schema = try StructuralSchema(compiling: [
            "type": "object",
            "properties": [
                "outer": [
                    "type": "object", "default": [:], "properties": ["inner": ["type": "integer", "default": 7]],
                ],
                "list": [
                    "type": "array",
                    "items": ["type": "object", "properties": ["p": ["type": "string", "default": "TCP"]]],
                ],
                "nullable": ["type": "string", "nullable": true, "default": "x"],
                "strict": ["type": "string"],
            ],
        ])
        var object: JSONValue = ["list": [["q": 1], ["p": .null]], "nullable": .null, "strict": .null]
        schema.applyDefaults(to: &object)
        #expect(
            object == ["outer": ["inner": 7], "list": [["q": 1, "p": "TCP"], ["p": "TCP"]], "nullable": .null]
        )
    }

    @Test("A definition that is not structural is refused at the place that is wrong")
    func definitions() {
        func definition(_ schema: JSONValue, name: String = "gadgets.lab.example.com") -> JSONValue {
            [
                "metadata": ["name": .string(name)],
                "spec": [
                    "group": "lab.example.com", "scope": "Namespaced",
                    "names": ["plural": "gadgets", "kind": "Gadget"],
                    "versions": [
                        ["name": "v1", "served": true, "storage": true, "schema": ["openAPIV3Schema": schema]]
                    ],
                ],
            ]
        }
        let fine: JSONValue = ["type": "object", "properties": ["spec": ["type": "object"]]]
        #expect(CustomResourceDefinitionValidation.validate(definition(fine)).isEmpty)
        #expect(
            CustomResourceDefinitionValidation.validate(definition(fine, name: "wrong.lab.example.com")).map(\.message)
                == [
                    "metadata.name: Invalid value: \"wrong.lab.example.com\": must be spec.names.plural+\".\"+spec.group"
                ]
        )
        let untyped: JSONValue = ["type": "object", "properties": ["spec": ["properties": [:]]]]
        #expect(
            CustomResourceDefinitionValidation.validate(definition(untyped)).map(\.message) == [
                "spec.versions[0].schema.openAPIV3Schema.properties[spec].type: Required value: must not be empty for "
                    + "specified object fields"
            ]
        )
    }

    @Test("Metadata is refused in the words of a real API server")
    func metadata() {
        func messages(_ metadata: JSONValue) -> [String] {
            var metadata = metadata
            metadata["name"] = metadata["name"] ?? "w"
            metadata["namespace"] = "default"
            return ObjectMetaValidation.validate(["metadata": metadata], isNamespaced: true).map(\.message)
        }
        func owner(_ name: String, _ uid: String) -> JSONValue {
            ["apiVersion": "v1", "kind": "W", "name": .string(name), "uid": .string(uid), "controller": true]
        }
        #expect(messages(["labels": ["example.com/a": "b"], "finalizers": ["x.y/z"], "generateName": "w-"]).isEmpty)
        #expect(messages(["ownerReferences": [owner("f", "1")]]).isEmpty)
        #expect(
            messages(["ownerReferences": [["apiVersion": "v1", "kind": "W", "name": "f"]]]) == [
                "metadata.ownerReferences.uid: Invalid value: \"\": must not be empty"
            ]
        )
        #expect(
            messages(["ownerReferences": [owner("f", "1"), owner("e", "2")]]) == [
                #"metadata.ownerReferences: Invalid value: [{"apiVersion":"v1","kind":"W","name":"f","uid":"1","#
                    + #""controller":true},{"apiVersion":"v1","kind":"W","name":"e","uid":"2","controller":true}]: Only one "#
                    + #"reference can have Controller set to true. Found "true" in references for W/f and W/e"#
            ]
        )
        let old: JSONValue = [
            "metadata": [
                "name": "w", "namespace": "default", "resourceVersion": "1",
                "deletionTimestamp": "2026-01-01T00:00:00Z",
                "finalizers": ["a/b"],
            ]
        ]
        var new = old
        new["metadata"]?["finalizers"] = ["a/b", "a/c"]
        let late =
            "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, "
            + #"found new finalizers []string{"a/c"}"#
        #expect(
            ObjectMetaValidation.validateUpdate(new, old: old, isNamespaced: true).map(\.message) == [late, late]
        )
    }

    @Test("Numbers and strings are shown as Go shows them")
    func goText() {
        let floats: [(Double, String)] = [
            (0.5, "0.5"), (100_000, "100000"), (1_000_000, "1e+06"), (1_234_567.5, "1.2345675e+06"), (0.0001, "0.0001"),
            (0.00001, "1e-05"), (-2.5, "-2.5"), (0, "0"),
        ]
        for (number, text) in floats { #expect(GoText.float(number) == text) }
        #expect(GoText.quoted("a\"b\\c\n\u{01}é") == #""a\"b\\c\n\x01é""#)
    }
}
