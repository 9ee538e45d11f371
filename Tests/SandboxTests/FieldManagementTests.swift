import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite struct FieldManagementTests {
    private let now = Timestamp(seconds: 1_800_000_000)
    private let later = Timestamp(seconds: 1_800_000_060)

    private func gadgets(_ subresource: String? = nil) throws -> FieldManagement {
        let schema = try StructuralSchema(compiling: [
            "type": "object",
            "properties": [
                "spec": [
                    "type": "object",
                    "properties": [
                        "size": ["type": "integer"], "color": ["type": "string"],
                        "place": [
                            "type": "object", "properties": ["zone": ["type": "string"], "rack": ["type": "string"]],
                        ],
                        "settings": ["type": "object", "additionalProperties": ["type": "string"]],
                        "whole": [
                            "type": "object", "x-kubernetes-map-type": "atomic",
                            "x-kubernetes-preserve-unknown-fields": true,
                        ],
                        "args": ["type": "array", "items": ["type": "string"]],
                        "ports": [
                            "type": "array", "x-kubernetes-list-type": "map",
                            "x-kubernetes-list-map-keys": ["port", "protocol"],
                            "items": [
                                "type": "object",
                                "properties": [
                                    "port": ["type": "integer"], "protocol": ["type": "string", "default": "TCP"],
                                    "name": ["type": "string"],
                                ],
                            ],
                        ],
                    ],
                ],
                "status": ["type": "object", "x-kubernetes-preserve-unknown-fields": true],
            ],
        ])
        return FieldManagement(
            schema: schema,
            apiVersion: "lab/v1",
            kind: "Gadget",
            hasStatus: true,
            subresource: subresource
        )
    }

    private func gadget(_ spec: JSONValue) -> JSONValue {
        ["apiVersion": "lab/v1", "kind": "Gadget", "metadata": ["name": "g", "namespace": "default"], "spec": spec]
    }

    private func owned(_ object: JSONValue, by manager: String) -> JSONValue? {
        object.at("metadata", "managedFields")?.array?.first { $0["manager"] == .string(manager) }?["fieldsV1"]
    }

    @Test("An apply that changes nothing gives back the stored object, its times included")
    func noChange() throws {
        let fields = try gadgets()
        let applied = gadget(["size": 1, "ports": [["port": 80]], "args": ["a"]])
        let live = try fields.apply(live: nil, applied: applied, manager: "one", force: false, now: now)
        let again = try fields.apply(live: live, applied: applied, manager: "one", force: false, now: later)
        #expect(again == live)
    }

    @Test("Conflicts name every other owner and place, in the API server's words")
    func conflicts() throws {
        let fields = try gadgets()
        let first = gadget(["size": 1, "ports": [["port": 80, "name": "web"]]])
        var live = try fields.apply(live: nil, applied: first, manager: "one", force: false, now: now)
        var changed = live
        changed["spec"]?["color"] = "red"
        live = fields.update(before: live, after: changed, manager: "kubectl", now: now)
        let second = gadget(["size": 2, "color": "blue", "ports": [["port": 80, "name": "http"]]])
        let failure = #expect(throws: ApplyFailure.self) {
            try fields.apply(live: live, applied: second, manager: "two", force: false, now: later)
        }
        #expect(
            failure?.message == """
                Apply failed with 3 conflicts: conflicts with "kubectl" using lab/v1:
                - .spec.color
                conflicts with "one":
                - .spec.size
                - .spec.ports[port=80,protocol="TCP"].name
                """
        )
        let forced = try fields.apply(live: live, applied: second, manager: "two", force: true, now: later)
        #expect(owned(forced, by: "kubectl") == nil)
        #expect(forced.at("spec", "color") == "blue")
        let left = owned(forced, by: "one")
        #expect(left == ["f:spec": ["f:ports": [#"k:{"port":80,"protocol":"TCP"}"#: [".": [:], "f:port": [:]]]]])
    }

    @Test("What a manager gives up goes, with structures left empty, but not what others own or nobody applied")
    func givingUp() throws {
        let fields = try gadgets()
        let first = gadget(["size": 1, "place": ["zone": "a"], "settings": ["x": "1", "y": "2"], "args": ["a"]])
        var live = try fields.apply(live: nil, applied: first, manager: "one", force: false, now: now)
        live = try fields.apply(
            live: live,
            applied: gadget(["settings": ["y": "2"]]),
            manager: "two",
            force: false,
            now: now
        )
        var changed = live
        changed["spec"]?["color"] = "green"
        live = fields.update(before: live, after: changed, manager: "kubectl", now: now)
        let after = try fields.apply(live: live, applied: gadget(["size": 1]), manager: "one", force: false, now: later)
        #expect(after["spec"] == ["size": 1, "color": "green", "settings": ["y": "2"]])
        #expect(owned(after, by: "one") == ["f:spec": ["f:size": [:]]])
    }

    @Test("An object that was made without managed fields belongs to before-first-apply")
    func beforeFirstApply() throws {
        let fields = try gadgets()
        let live = gadget(["size": 1, "color": "red"])
        let after = try fields.apply(live: live, applied: gadget(["size": 1]), manager: "one", force: false, now: now)
        #expect(owned(after, by: "before-first-apply") == ["f:spec": [".": [:], "f:color": [:], "f:size": [:]]])
        #expect(owned(after, by: "one") == ["f:spec": ["f:size": [:]]])
        #expect(throws: ApplyFailure.self) {
            try fields.apply(live: live, applied: gadget(["size": 2]), manager: "one", force: false, now: now)
        }
    }

    @Test("Lists keep their order when an applied list adds, keeps and moves items")
    func listOrder() throws {
        let fields = try gadgets()
        func ports(_ numbers: [Int64]) -> JSONValue { .array(numbers.map { ["port": .integer($0)] }) }
        func numbers(_ object: JSONValue) -> [Int64] {
            (object.at("spec", "ports")?.array ?? []).compactMap { $0["port"]?.integer }
        }
        let live = gadget(["ports": ports([1, 2, 3])])
        for (applied, merged): ([Int64], [Int64]) in [
            ([4], [1, 2, 3, 4]), ([2, 4], [1, 2, 3, 4]), ([3, 1], [2, 3, 1]),
        ] {
            let configuration = gadget(["ports": ports(applied)])
            let after = try fields.apply(live: live, applied: configuration, manager: "m", force: true, now: now)
            #expect(numbers(after) == merged)
        }
    }

    @Test("Status has entries of its own, and neither address owns what only the other writes")
    func statusApart() throws {
        let live = try gadgets().update(before: nil, after: gadget(["size": 1]), manager: "m", now: now)
        var changed = live
        changed["spec"]?["size"] = 2
        changed["status"] = ["phase": "Ready"]
        let status = try gadgets("status").update(before: live, after: changed, manager: "m", now: later)
        let entries = try #require(status.at("metadata", "managedFields")?.array)
        #expect(entries.count == 2)
        #expect(entries[1]["subresource"] == "status")
        #expect(entries[1]["fieldsV1"] == ["f:status": [".": [:], "f:phase": [:]]])
        #expect(entries[0]["fieldsV1"] == ["f:spec": [".": [:], "f:size": [:]]])
    }

    @Test("A single empty entry forgets all owners, and a removed field has none any more")
    func forgetting() throws {
        let fields = try gadgets()
        let live = fields.update(before: nil, after: gadget(["size": 1, "color": "red"]), manager: "a", now: now)
        var cleared = live
        cleared["metadata"]?["managedFields"] = [[:]]
        let forgotten = fields.update(before: live, after: cleared, manager: "b", now: now)
        #expect(forgotten.at("metadata", "managedFields") == nil)
        var smaller = live
        smaller["spec"]?["color"] = nil
        let removed = fields.update(before: live, after: smaller, manager: "b", now: later)
        #expect(owned(removed, by: "a") == ["f:spec": [".": [:], "f:size": [:]]])
        #expect(owned(removed, by: "b") == nil)
    }

    @Test("A configuration that does not fit the kind's types is told the place")
    func untyped() throws {
        let fields = try gadgets()
        let problems: [(JSONValue, String)] = [
            (["sise": 1], ".spec.sise: field not declared in schema"),
            (["size": "big"], ".spec.size: expected numeric (int or float), got string"),
            (
                ["ports": [["name": "x"]]],
                ".spec.ports: element 0: associative list with keys has an element that omits key field \"port\" "
                    + "(and doesn't have default value)"
            ),
        ]
        for (spec, problem) in problems {
            let failure = #expect(throws: ApplyFailure.self) {
                try fields.apply(live: nil, applied: gadget(spec), manager: "m", force: false, now: now)
            }
            let start = "failed to create typed patch object (default/g; lab/v1, Kind=Gadget): "
            #expect(failure?.message == start + problem)
        }
    }

    @Test("Kinds that come with Kubernetes are owned as their Go types say")
    func builtInKinds() {
        func created(_ kind: String, _ object: JSONValue) -> JSONValue? {
            let fields = FieldManagement(
                schema: nil,
                apiVersion: "v1",
                kind: kind,
                hasStatus: true,
                subresource: nil
            )
            return owned(fields.update(before: nil, after: object, manager: "m", now: now), by: "m")
        }
        let container: JSONValue = ["name": "db", "image": "pg", "ports": [["containerPort": 5432]], "args": ["-v"]]
        #expect(
            created(
                "Pod",
                ["metadata": ["name": "p"], "spec": ["containers": [container], "nodeSelector": ["a": "b"]]]
            )
                == [
                    "f:spec": [
                        "f:containers": [
                            #"k:{"name":"db"}"#: [
                                ".": [:], "f:args": [:], "f:image": [:], "f:name": [:],
                                "f:ports": [
                                    ".": [:],
                                    #"k:{"containerPort":5432,"protocol":"TCP"}"#: [".": [:], "f:containerPort": [:]],
                                ],
                            ]
                        ],
                        "f:nodeSelector": [:],
                    ]
                ]
        )
        #expect(
            created(
                "ConfigMap",
                [
                    "metadata": [
                        "name": "c", "ownerReferences": [["uid": "u", "name": "n", "kind": "K", "apiVersion": "v1"]],
                    ],
                    "data": ["a": "1"],
                ]
            )
                == [
                    "f:data": [".": [:], "f:a": [:]],
                    "f:metadata": ["f:ownerReferences": [".": [:], #"k:{"uid":"u"}"#: [:]]],
                ]
        )
    }

    @Test("Sets of places unite, meet and differ as sets do, and keep their written form")
    func sets() {
        let left: JSONValue = ["f:a": [".": [:], "f:x": [:], "f:y": [:]], "f:b": [:]]
        let right: JSONValue = ["f:a": [".": [:], "f:y": [:]], #"v:"z""#: [:]]
        let (one, two) = (FieldPathSet(fieldsV1: left), FieldPathSet(fieldsV1: right))
        #expect(one.fieldsV1 == left)
        #expect(one.union(two).fieldsV1 == ["f:a": [".": [:], "f:x": [:], "f:y": [:]], "f:b": [:], #"v:"z""#: [:]])
        #expect(one.intersection(two).fieldsV1 == ["f:a": [".": [:], "f:y": [:]]])
        #expect(one.subtracting(two).fieldsV1 == ["f:a": ["f:x": [:]], "f:b": [:]])
        #expect(one.subtractingTrees(two).fieldsV1 == ["f:b": [:]])
        #expect(two.paths == [".a", "[=\"z\"]", ".a.y"])
    }
}
