import JSON
import KubernetesAPI
import Providers
import Testing

@testable import Operator

@Suite("What to do about a desired child")
struct AppliedChildrenTests {
    let child = ChildIdentity(
        resource: ResourceType(group: "g", version: "v1", plural: "things", kind: "Thing", isNamespaced: true),
        key: ObjectKey(namespace: "default", name: "orders")
    )
    let intent = Self.intent([
        "apiVersion": "g/v1", "kind": "Thing", "metadata": ["name": "orders"],
        "spec": ["instances": 3, "parameters": ["work_mem": "8MB"], "plugins": [["name": "archiver"]]],
    ])

    private static func intent(_ content: JSONValue) -> MarkedIntent {
        MarkedIntent(DesiredObject(resource: .pod, key: ObjectKey(namespace: "", name: "orders"), content: content))
    }

    /// The intent as a server would show it: with defaults and with what others wrote.
    var live: JSONValue {
        var live = intent.content
        live["metadata"]?["uid"] = "1"
        live["spec"]?["enablePDB"] = true
        live["spec"]?["plugins"] = [["name": "archiver", "enabled": true]]
        live["status"] = ["phase": "healthy"]
        return live
    }

    private func seen(_ content: JSONValue, _ version: String = "1", generation: Int64 = 0) -> LiveChild {
        var metadata = ObjectMeta(name: "orders", uid: "1", resourceVersion: version, generation: generation)
        for item in content.at("metadata", "annotations")?.object ?? [:] {
            metadata.annotations[item.name] = item.value.string
        }
        return LiveChild(metadata) { content }
    }

    /// One whose content must not be read.
    private func unread(_ metadata: ObjectMeta) -> LiveChild {
        LiveChild(metadata) {
            Issue.record("was read")
            return .null
        }
    }

    @Test("An object of a version that was looked at before is not even read")
    func sameVersion() {
        var applied = AppliedChildren()
        let answer = seen(live, "7")
        applied.note(child, intent: intent, answer: answer)
        #expect(applied.action(for: child, intent: intent, live: unread(answer.metadata)) == .none)
    }

    @Test("Nor is one of which others have written the status alone")
    func sameGeneration() {
        var applied = AppliedChildren()
        applied.note(child, intent: intent, answer: seen(live, "7", generation: 2))
        let later = seen(live, "8", generation: 2)
        #expect(applied.action(for: child, intent: intent, live: unread(later.metadata)) == .none)
    }

    @Test("An edit of its metadata is seen although no generation counts it")
    func editOfMetadata() {
        var applied = AppliedChildren()
        applied.note(child, intent: intent, answer: seen(live, "7", generation: 2))
        var changed = live
        changed["metadata"]?["annotations"]?[AppliedChildren.annotation] = "none"
        let action = applied.action(for: child, intent: intent, live: seen(changed, "8", generation: 2))
        #expect(action.isDrift)
    }

    @Test("One that is not there is created")
    func missing() {
        var applied = AppliedChildren()
        #expect(applied.action(for: child, intent: intent, live: nil) == .create)
    }

    @Test("One that has what we intend costs nothing, after a restart too")
    func unchanged() {
        var applied = AppliedChildren()
        #expect(applied.action(for: child, intent: intent, live: seen(live)) == .none)
        applied.note(child, intent: intent, answer: seen(live))
        #expect(applied.action(for: child, intent: intent, live: seen(live)) == .none)
    }

    @Test("What others write elsewhere is theirs")
    func foreignFields() {
        var applied = AppliedChildren()
        applied.note(child, intent: intent, answer: seen(live))
        var changed = live
        changed["spec"]?["enablePDB"] = false
        changed["status"]?["phase"] = "broken"
        #expect(applied.action(for: child, intent: intent, live: seen(changed, "2")) == .none)
    }

    @Test("A manual edit of our field is put back and named, after a restart too", arguments: [true, false])
    func drift(remembers: Bool) {
        var applied = AppliedChildren()
        if remembers { applied.note(child, intent: intent, answer: seen(live)) }
        var changed = live
        changed["spec"]?["instances"] = 5
        let difference = FieldDifference(path: "spec.instances", intended: 3, found: 5)
        #expect(applied.action(for: child, intent: intent, live: seen(changed, "2")) == .putBack([difference]))
    }

    @Test("A new intent is an edit, not drift")
    func edit() {
        var applied = AppliedChildren()
        applied.note(child, intent: intent, answer: seen(live))
        let next = Self.intent([
            "apiVersion": "g/v1", "kind": "Thing", "metadata": ["name": "orders"], "spec": ["instances": 4],
        ])
        guard case .edit(let differences) = applied.action(for: child, intent: next, live: seen(live)) else {
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
        applied.note(child, intent: intent, answer: seen(rewritten))
        #expect(applied.action(for: child, intent: intent, live: seen(rewritten, "2")) == .none)
    }
}
