import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@testable import Operator

@Suite("Whose a child is")
struct ChildOwnershipTests {
    private var cluster: ObjectMeta {
        var metadata = ObjectMeta(name: "orders")
        metadata.uid = "new"
        return metadata
    }

    private func ownership(labels: Bool, owner: (kind: String, name: String, uid: String)?) -> ChildOwnership {
        var child = ObjectMeta(name: "orders")
        if labels { child.labels = ChildLabels.of(cluster: "orders") }
        if let owner {
            child.ownerReferences = [
                OwnerReference(apiVersion: "dbaas.io/v1alpha1", kind: owner.kind, name: owner.name, uid: owner.uid)
            ]
        }
        return ChildOwnership(child, of: cluster)
    }

    @Test("The controlling owner decides, and the labels where there is none")
    func table() {
        #expect(ownership(labels: true, owner: ("DatabaseCluster", "orders", "new")) == .ours)
        #expect(ownership(labels: false, owner: ("DatabaseCluster", "orders", "new")) == .ours, "labels were taken off")
        #expect(ownership(labels: true, owner: ("DatabaseCluster", "orders", "old")) == .predecessors)
        #expect(ownership(labels: true, owner: ("Stack", "shop", "s")) == .foreign, "labels alone make it nobody's")
        #expect(ownership(labels: true, owner: nil) == .ours, "what outlived its cluster is taken up again")
        #expect(ownership(labels: false, owner: nil) == .foreign)
    }

    @Test("A request gets its cluster as owner once, and not as a second controller")
    func references() throws {
        var request = ObjectMeta(name: "restart")
        let added = try #require(request.references(with: cluster))
        #expect(added.map(\.controller) == [true])
        request.ownerReferences = added
        #expect(request.references(with: cluster) == nil)
        request.ownerReferences = [OwnerReference(apiVersion: "v1", kind: "Workflow", name: "w", uid: "w")]
        #expect(request.references(with: cluster)?.map(\.controller) == [true, false])
    }
}

@Suite("Differences between intent and object")
struct FieldDifferenceTests {
    @Test("Only intended fields count; sets may hold more, other lists may not")
    func fields() {
        let intent: JSONValue = [
            "metadata": ["ownerReferences": [["uid": "1"]]], "spec": ["a": 1, "list": [["x": 1]]],
        ]
        var live: JSONValue = [
            "metadata": ["ownerReferences": [["uid": "0"], ["uid": "1", "controller": true]], "generation": 3],
            "spec": ["a": 1, "list": [["x": 1, "defaulted": true]], "theirs": 7], "status": [:],
        ]
        #expect(FieldDifference.all(intended: intent, live: live).isEmpty)
        live["spec"]?["list"] = [["x": 1], ["x": 2]]
        live["metadata"]?["ownerReferences"] = [["uid": "0"]]
        let paths = FieldDifference.all(intended: intent, live: live).map(\.path)
        #expect(paths == ["metadata.ownerReferences", "spec.list"])
    }

    @Test("A difference is told with both values, long ones cut")
    func description() {
        #expect(
            FieldDifference(path: "spec.instances", intended: 3, found: 5).description
                == "spec.instances: 5, intended 3"
        )
        let long = FieldDifference(path: "spec.x", intended: .string(String(repeating: "y", count: 500)), found: nil)
        #expect(long.description.hasPrefix("spec.x: absent, intended") && long.description.count < 120)
    }

    @Test("Who insists on a field is not fought faster than ten times a minute")
    func brake() {
        let child = ChildIdentity(resource: .pod, key: ObjectKey(namespace: "default", name: "orders"))
        var applied = AppliedChildren()
        let allowed = (0..<15).map { second in
            applied.mayPutBack(child, now: Timestamp(seconds: 1000 + second))
        }
        #expect(allowed == Array(repeating: true, count: 10) + Array(repeating: false, count: 5))
        let later = applied.mayPutBack(child, now: Timestamp(seconds: 1061))
        #expect(later)
    }

    @Test("What a child reports counts once its operator has written since our edit, or has had the time to")
    func unseenEdit() {
        let child = ChildIdentity(resource: .pod, key: ObjectKey(namespace: "default", name: "orders"))
        func unseen(version: String, after seconds: Int64) -> Bool {
            var applied = AppliedChildren()
            applied.edited(child, version: "7", now: Timestamp(seconds: 1000))
            return applied.unseen(now: Timestamp(seconds: 1000 + seconds)) { _ in version } == child
        }
        #expect(unseen(version: "7", after: 1))
        #expect(!unseen(version: "8", after: 1))
        #expect(!unseen(version: "7", after: 5))
    }

    @Test("Put back by somebody else to what we intend, there is nothing left to put back")
    func putBackByOthers() {
        let child = ChildIdentity(resource: .pod, key: ObjectKey(namespace: "default", name: "orders"))
        let intent = MarkedIntent(
            DesiredObject(
                resource: child.resource,
                key: child.key,
                content: ["metadata": ["name": "orders"], "spec": ["plugins": ["a"]]]
            )
        )
        var rewritten = intent.content
        rewritten["spec"]?["plugins"] = ["a", "b"]
        var applied = AppliedChildren()
        func seen(_ content: JSONValue, _ version: String) -> LiveChild {
            LiveChild(ObjectMeta(name: "orders", resourceVersion: version)) { content }
        }
        applied.note(child, intent: intent, answer: seen(rewritten, "1"))
        #expect(applied.action(for: child, intent: intent, live: seen(intent.content, "2")) == .none)
    }
}
