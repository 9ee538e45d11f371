import JSON
import KubernetesAPI
import Testing

@testable import Operator

@Suite("What to do about a desired child")
struct AppliedChildrenTests {
    let child = ChildIdentity(
        resource: ResourceType(group: "g", version: "v1", plural: "things", kind: "Thing", isNamespaced: true),
        key: ObjectKey(namespace: "default", name: "orders")
    )
    let intent = AppliedChildren.marked([
        "apiVersion": "g/v1", "kind": "Thing", "metadata": ["name": "orders"],
        "spec": ["instances": 3, "parameters": ["work_mem": "8MB"], "plugins": [["name": "archiver"]]],
    ])

    /// The intent as a server would show it: with defaults and with what others wrote.
    var live: JSONValue {
        var live = intent
        live["metadata"]?["uid"] = "1"
        live["spec"]?["enablePDB"] = true
        live["spec"]?["plugins"] = [["name": "archiver", "enabled": true]]
        live["status"] = ["phase": "healthy"]
        return live
    }

    @Test("One that is not there is created")
    func missing() {
        #expect(AppliedChildren().action(for: child, intent: intent, live: nil) == .create)
    }

    @Test("One that has what we intend costs nothing, after a restart too")
    func unchanged() {
        var applied = AppliedChildren()
        #expect(applied.action(for: child, intent: intent, live: live) == .none)
        applied.note(child, intent: intent, answer: live)
        #expect(applied.action(for: child, intent: intent, live: live) == .none)
    }

    @Test("What others write elsewhere is theirs")
    func foreignFields() {
        var applied = AppliedChildren()
        applied.note(child, intent: intent, answer: live)
        var changed = live
        changed["spec"]?["enablePDB"] = false
        changed["status"]?["phase"] = "broken"
        #expect(applied.action(for: child, intent: intent, live: changed) == .none)
    }

    @Test("A manual edit of our field is put back and named, after a restart too", arguments: [true, false])
    func drift(remembers: Bool) {
        var applied = AppliedChildren()
        if remembers { applied.note(child, intent: intent, answer: live) }
        var changed = live
        changed["spec"]?["instances"] = 5
        let difference = FieldDifference(path: "spec.instances", intended: 3, found: 5)
        #expect(applied.action(for: child, intent: intent, live: changed) == .putBack([difference]))
        #expect(DriftType(path: difference.path) == .replicas)
    }

    @Test("A new intent is an edit, not drift")
    func edit() {
        var applied = AppliedChildren()
        applied.note(child, intent: intent, answer: live)
        let next = AppliedChildren.marked([
            "apiVersion": "g/v1", "kind": "Thing", "metadata": ["name": "orders"], "spec": ["instances": 4],
        ])
        guard case .edit(let differences) = applied.action(for: child, intent: next, live: live) else {
            Issue.record("not an edit")
            return
        }
        #expect(differences.contains(FieldDifference(path: "spec.instances", intended: 4, found: 3)))
    }

    @Test("What a webhook makes of our intent is not taken for a manual edit for ever")
    func rewrittenByWebhook() {
        var applied = AppliedChildren()
        var rewritten = live
        rewritten["spec"]?["plugins"] = [["name": "archiver"], ["name": "from-the-operator's-settings"]]
        applied.note(child, intent: intent, answer: rewritten)
        #expect(applied.action(for: child, intent: intent, live: rewritten) == .none)
    }

    @Test(
        "The kind of drift is told by the field",
        arguments: [
            ("spec.resources.limits.cpu", DriftType.size), ("spec.storage.size", .storage),
            ("spec.postgresql.parameters.work_mem", .configuration), ("spec.imageName", .other),
        ]
    )
    func kindsOfDrift(path: String, expected: DriftType) {
        #expect(DriftType(path: path) == expected)
    }
}
