import JSON
import KubernetesAPI
import Testing

@Suite struct StatusTests {
    @Test("a condition's time moves only when its answer changes")
    func conditions() throws {
        let noon = try #require(Timestamp("2026-11-01T12:00:00Z"))
        var conditions: [Condition] = []
        conditions.set("Ready", .false, reason: "Starting", now: noon + .milliseconds(700), observedGeneration: 1)
        conditions.set("Ready", .false, reason: "Waiting", message: "For a node.", now: noon + .seconds(60))
        #expect(conditions["Ready"]?.lastTransitionTime == noon)
        #expect(conditions["Ready"]?.reason == "Waiting")
        conditions.set("Other", .unknown, reason: "New", now: noon)
        conditions.set("Ready", .true, reason: "Up", now: noon + .seconds(90), observedGeneration: 2)
        #expect(conditions["Ready"]?.lastTransitionTime == noon + .seconds(90))
        #expect(conditions.map(\.type) == ["Ready", "Other"])
        #expect(conditions.isTrue("Ready") && !conditions.isTrue("Other") && !conditions.isTrue("None"))
        let read = try JSONDocument.decode(conditions.json.serialized()) { (root) throws(JSONError) in
            try [Condition](from: root)
        }
        #expect(read == conditions)
    }

    @Test("a failure is read and written as the API server says it")
    func status() throws {
        let text = #"""
            {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"no","reason":"Invalid",
            "details":{"name":"db","group":"g","kind":"K","causes":[{"reason":"FieldValueRequired","message":"Required",
            "field":"spec.size"}],"retryAfterSeconds":5},"code":422}
            """#
        let status = try JSONDocument.decode(Array(text.utf8)) { (root) throws(JSONError) in try APIStatus(from: root) }
        #expect(status.reason == APIStatus.Reason.invalid)
        #expect(status.details?.causes.first?.field == "spec.size")
        #expect(status.details?.retryAfterSeconds == 5)
        #expect(try status.json == JSONValue(parsing: text))
    }
}

@Suite struct SelectorTests {
    @Test(
        "label selectors take what kubectl takes",
        arguments: [
            ("", "", true), ("app=db", "app=db", true), ("app==db", "app=db", true), ("app!=db", "app!=db", false),
            ("app", "app", true), ("!app", "!app", false), ("! gone", "!gone", true),
            ("app in (db, web)", "app in (db,web)", true),
            ("app notin (web)", "app!=web", true), ("gone notin (x)", "gone!=x", true),
            ("app in (web),tier", "app=web,tier", false),
            (" app = db , tier!=x ", "app=db,tier!=x", true), ("gone!=x", "gone!=x", true), ("tier=", "tier=", true),
            ("example.com/x-y in (b,a,b)", "example.com/x-y in (a,b)", false), ("in in (in)", "in=in", false),
        ]
    )
    func labels(text: String, canonical: String, takes: Bool) throws {
        let selector = try LabelSelector(parsing: text)
        #expect(selector.description == canonical)
        #expect(selector.matches(["app": "db", "tier": ""]) == takes)
        #expect(try LabelSelector(parsing: canonical) == selector)
    }

    @Test(
        "broken label selectors are refused",
        arguments: ["=", "a=b=c", "a in", "a in (", "a in (b", "a b", ",", "a,", "!", "(a)", "a=b,,c"]
    )
    func broken(text: String) { #expect(throws: SelectorError.self) { try LabelSelector(parsing: text) } }

    @Test("selectors of manifests are read")
    func manifest() throws {
        let text = #"{"matchLabels":{"a":"1"},"matchExpressions":[{"key":"b","operator":"NotIn","values":["x","y"]}]}"#
        let selector = try JSONDocument.decode(Array(text.utf8)) { (root) throws(JSONError) in
            try LabelSelector(from: root)
        }
        #expect(selector.description == "a=1,b notin (x,y)")
        #expect(selector.matches(["a": "1"]) && !selector.matches(["a": "1", "b": "x"]))
    }

    @Test("field selectors compare fields, with commas escaped")
    func fields() throws {
        let selector = try FieldSelector(parsing: #"metadata.name=a\,b\=c\\,status.phase!=Running,spec.x=="#)
        let fields = ["metadata.name": #"a,b=c\"#, "status.phase": "Pending"]
        #expect(selector.matches { fields[$0] })
        #expect(!selector.matches { $0 == "status.phase" ? "Running" : fields[$0] })
        #expect(try FieldSelector(parsing: selector.description) == selector)
        #expect(FieldSelector.name("x").description == "metadata.name=x")
        for wrong in ["a", "=b", "!=b"] { #expect(throws: SelectorError.self) { try FieldSelector(parsing: wrong) } }
    }
}
