import CRDs
import JSON
import KubernetesAPI
import Testing

@Suite struct SizeLadderTests {
    @Test("A spec gets its resources, its class's, or the default class's, in this order")
    func effectiveResources() throws {
        let ladder = SizeLadder.standard
        let medium = ResourceRequirements(cpu: Quantity(milli: 1000), memory: Quantity(bytes: 2 << 30))
        var spec = DatabaseClusterSpec(engine: .mysql, storage: Quantity(bytes: 1 << 30))
        #expect(ladder.resources(of: spec) == medium)
        spec.size = "db.r5.2xlarge"
        #expect(ladder.resources(of: spec)?.limits.memory == Quantity("64Gi"))
        #expect(ladder.resources(of: spec)?.requests.cpu == Quantity("8"))
        spec.size = "db.t9.huge"
        #expect(ladder.resources(of: spec) == nil)
        #expect(ladder.unknown("db.t9.huge").contains("db.t3.micro, db.t3.small"))
        spec.resources = medium
        #expect(ladder.resources(of: spec) == medium)
    }

    @Test("A class is recognised by its amounts, however they are written")
    func recognisesClass() throws {
        let amounts = ResourceAmounts(cpu: Quantity("2000m"), memory: Quantity("4096Mi"))
        let resources = ResourceRequirements(requests: amounts, limits: amounts)
        #expect(SizeLadder.standard.sizeClass(of: resources)?.name == "db.t3.large")
        #expect(SizeLadder.standard.sizeClass(of: ResourceRequirements(requests: amounts)) == nil)
    }

    @Test("A ladder from a file replaces the default one")
    func ladderFromFile() throws {
        let ladder = try SizeLadder(
            JSONValue(
                parsing: """
                    {"default": "big", "classes": [{"name": "small", "cpu": "500m", "memory": "1Gi"},
                                                   {"name": "big", "cpu": 2, "memory": "8Gi"}]}
                    """
            )
        )
        #expect(ladder.names == ["small", "big"])
        #expect(ladder.defaultClass.resources.limits.memory == Quantity("8Gi"))
    }

    @Test(
        "A ladder that is wrong says where",
        arguments: [
            ("{}", "classes"), (#"{"classes": [{"name": "a", "cpu": "1"}]}"#, "classes[0].memory"),
            (#"{"classes": [{"cpu": 1, "memory": "1Gi"}]}"#, "classes[0].name"),
            (#"{"default": "b", "classes": [{"name": "a", "cpu": 1, "memory": "1Gi"}]}"#, "default"),
            (
                #"{"classes": [{"name": "a", "cpu": 1, "memory": "1Gi"}, {"name": "a", "cpu": 2, "memory": "1Gi"}]}"#,
                "classes[1].name"
            ),
        ]
    )
    func wrongLadder(_ text: String, _ path: String) throws {
        let value = try JSONValue(parsing: text)
        let error = #expect(throws: JSONError.self) { try SizeLadder(value) }
        #expect(error?.path == path)
    }
}
