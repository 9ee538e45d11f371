import JSON
import Testing

@testable import Sandbox

@Suite("What a real API server adds to a stand-in's objects")
struct HoldingTests {
    private let wanted: JSONValue = [
        "metadata": ["annotations": ["gone": .null]],
        "spec": ["containers": [["name": "user-operator", "image": "a"]]],
    ]

    @Test("Defaults in a container's list element are no difference; another image, container or a field to go are")
    func holding() {
        var stored: JSONValue = [
            "metadata": ["annotations": [:], "generation": 1],
            "spec": ["containers": [["name": "user-operator", "image": "a", "terminationMessagePolicy": "File"]]],
        ]
        #expect(stored.holds(wanted))
        stored["metadata", "annotations"] = ["gone": "no"]
        #expect(!stored.holds(wanted))
        stored["metadata", "annotations"] = nil
        #expect(stored.holds(["metadata": ["generation": 1]]))
        stored["spec", "containers"] = [["name": "user-operator", "image": "b"]]
        #expect(!stored.holds(wanted))
        stored["spec", "containers"] = [["name": "user-operator", "image": "a"], ["name": "more", "image": "a"]]
        #expect(!stored.holds(wanted))
    }
}
