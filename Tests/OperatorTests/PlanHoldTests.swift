import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@testable import Operator

@Suite("What is held back of a new rendering")
struct PlanHoldTests {
    private static let resource = SandboxWorld.cnpgCluster

    private func object(_ spec: JSONValue) -> DesiredObject {
        DesiredObject(Self.resource, ObjectKey(namespace: "default", name: "orders"), spec: spec)
    }

    /// As far as these tests go, resources and affinity restart members.
    private func judge(_ change: FieldChange) -> Disruption {
        ["resources", "affinity"].contains(change.path.dropFirst().first) ? .rolling : .none
    }

    private func update(
        _ spec: JSONValue,
        live: JSONValue,
        _ marks: RenderingMarks,
        isSpecAhead: Bool = false
    )
        -> ChildUpdate
    {
        let changes = ChildUpdate.changes(of: live, to: object(spec))
        return ChildUpdate(
            object(spec),
            rendering: "2",
            before: marks,
            changes: changes,
            isSpecAhead: isSpecAhead,
            judge: judge
        )
    }

    private let live: JSONValue = [
        "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster",
        "metadata": [
            "name": "orders", "namespace": "default",
            "managedFields": [
                [
                    "manager": "dbaas-operator/cluster", "operation": "Apply",
                    "fieldsV1": [
                        "f:spec": [
                            "f:instances": [:], "f:affinity": [".": [:], "f:nodeSelector": [:]],
                            "f:resources": ["f:limits": ["f:memory": [:]]],
                        ]
                    ],
                ]
            ],
        ],
        "spec": [
            "instances": 3, "resources": ["limits": ["memory": "2Gi"]], "defaulted": true,
            "affinity": ["nodeSelector": ["disk": "ssd"], "topologyKey": "host"],
        ],
    ]

    @Test("What disturbs is applied as it stands, what does not as it is rendered")
    func separated() throws {
        let new: JSONValue = ["instances": 3, "resources": ["limits": ["memory": "4Gi"]], "enablePDB": true]
        let update = update(new, live: live, RenderingMarks(rendering: "1"))
        #expect(
            update.held.map(\.change.description) == [
                "spec.resources.limits.memory: 2Gi → 4Gi",
                "spec.affinity.nodeSelector: {\"disk\":\"ssd\"} → absent",
            ]
        )
        #expect(
            update.object.content["spec"] == [
                "instances": 3, "resources": ["limits": ["memory": "2Gi"]], "enablePDB": true,
                "affinity": ["nodeSelector": ["disk": "ssd"]],
            ]
        )
        #expect(update.marks.rendering == "1")
        #expect(update.marks.heldHashes(of: "2")?.count == 2)
    }

    @Test("Where nothing disturbs, all is applied and the child is of the new rendering")
    func harmless() {
        let new: JSONValue = [
            "instances": 5, "resources": ["limits": ["memory": "2Gi"]], "affinity": ["nodeSelector": ["disk": "ssd"]],
        ]
        let update = update(new, live: live, RenderingMarks(rendering: nil))
        #expect(update.held.isEmpty)
        #expect(update.marks == RenderingMarks(rendering: "2"))
    }

    @Test("An edit of the spec goes through, and what was held before is still held")
    func editWhileHeld() throws {
        let new: JSONValue = [
            "instances": 3, "resources": ["limits": ["memory": "4Gi"]], "affinity": ["nodeSelector": ["disk": "ssd"]],
        ]
        let first = update(new, live: live, RenderingMarks(rendering: "1"))
        var edited = new
        edited.set("nvme", at: ["affinity", "nodeSelector", "disk"])
        let second = update(edited, live: live, first.marks)
        #expect(second.held.map(\.change.pathText) == ["spec.resources.limits.memory"])
        #expect(second.object.content.at("spec", "affinity", "nodeSelector", "disk") == "nvme")
        edited.set("8Gi", at: ["resources", "limits", "memory"])
        let third = update(edited, live: live, second.marks)
        #expect(third.held.isEmpty, "the edit gives the held field another value: it is what the user wants")
        #expect(third.marks == RenderingMarks(rendering: "2"))
    }

    @Test("What a rendering of before has held says nothing of the next one")
    func nextRendering() {
        let marks = RenderingMarks(rendering: "0", held: RenderingMarks.held(["abc"], of: "1"))
        let new: JSONValue = ["instances": 3, "resources": ["limits": ["memory": "4Gi"]]]
        #expect(update(new, live: live, marks).held.count == 2)
    }

    @Test("An edit that no operator saw cannot be told apart, is held with the rest, and that is said")
    func mixed() throws {
        let new: JSONValue = ["instances": 3, "resources": ["limits": ["memory": "4Gi"]]]
        let first = update(new, live: live, RenderingMarks(rendering: "1"), isSpecAhead: true)
        let second = update(new, live: live, first.marks)
        for update in [first, second] {
            let children = RenderedChildren([update], deletions: [], heldDeletions: [])
            #expect(try #require(children.pending).message.contains("edited while no operator ran"))
        }
    }

    @Test("The hash names the changes and nothing else")
    func hash() throws {
        let write = { (to: JSONValue) in
            let change = FieldChange(["spec", "resources"], from: "1", to: to)
            return PlannedWrite(
                .apply,
                Self.resource,
                ObjectKey(namespace: "default", name: "orders"),
                [PlannedChange(change: change, disruption: .rolling)]
            )
        }
        let first = try #require(PendingUpdate([write("2")], isMixed: false))
        #expect(first.hash == PendingUpdate([write("2")], isMixed: true)?.hash)
        #expect(first.hash != PendingUpdate([write("3")], isMixed: false)?.hash)
        #expect(first.message.contains("spec.resources: 1 → 2"))
        #expect(first.message.contains("dbaas.io/apply-pending: \(first.hash)"))
        #expect(PendingUpdate([], isMixed: false) == nil)
    }
}
