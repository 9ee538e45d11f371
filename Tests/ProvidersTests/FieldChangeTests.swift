import JSON
import Providers
import Testing

@Suite("Changes of fields")
struct FieldChangeTests {
    @Test("Only what is intended is compared, lists as a whole")
    func compare() {
        let live: JSONValue = [
            "metadata": ["ownerReferences": [["uid": "a", "kind": "X"], ["uid": "b"]], "uid": "u"],
            "spec": ["instances": 3, "defaulted": true, "list": [1, 2]],
        ]
        let intended: JSONValue = [
            "metadata": ["ownerReferences": [["uid": "a"]]], "spec": ["instances": 5, "list": [1], "new": "x"],
        ]
        let changes = FieldChange.all(from: live, to: intended)
        #expect(
            changes.map(\.description) == [
                "spec.instances: 3 → 5", "spec.list: [1,2] → [1]", "spec.new: absent → x",
            ]
        )
    }

    @Test("A name with dots stands in brackets, and a long value is cut")
    func text() {
        let change = FieldChange(["metadata", "annotations", "cnpg.io/hibernation"], from: "off", to: "on")
        #expect(change.description == "metadata.annotations[cnpg.io/hibernation]: off → on")
        let long = FieldChange(["a"], from: nil, to: .string(String(repeating: "x", count: 200)))
        #expect(long.description.count < 110)
    }

    @Test("A value is set and taken away along a path, and empty objects go with their last field")
    func set() {
        var value: JSONValue = ["spec": ["a": ["b": 1]]]
        value.set(2, at: ["spec", "c", "d"])
        #expect(value == ["spec": ["a": ["b": 1], "c": ["d": 2]]])
        value.set(nil, at: ["spec", "a", "b"])
        #expect(value == ["spec": ["c": ["d": 2]]])
        value.set(nil, at: ["spec", "nowhere", "b"])
        #expect(value == ["spec": ["c": ["d": 2]]])
    }
}
