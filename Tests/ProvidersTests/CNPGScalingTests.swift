import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite struct CNPGScalingTests {
    private let both = """
        type: Scaling, horizontalScaling: {replicas: 5}, verticalScaling: {resources: {requests: {memory: 4Gi}}}
        """
    private let after = "clusterSize: 5, resources: {requests: {memory: 4Gi}}"
    private let status = OperationCase.executed(secondsAgo: 5, and: "previous: {clusterSize: 3}")

    @Test("Members and resources are changed in one write")
    func change() throws {
        let change = try #require(try OperationCase(both).change())
        #expect(change.patch == ["clusterSize": 5, "resources": ["requests": ["memory": "4Gi"]]])
        #expect(change.previous == ["clusterSize": 3, "unset": ["resources"]])
        #expect(change.log.hasPrefix("clusterSize 3 → 5, resources default → "))
        let half = try OperationCase(both, spec: "clusterSize: 5").change()
        #expect(half?.patch == ["resources": ["requests": ["memory": "4Gi"]]])
    }

    @Test("Both must be seen on the members, and progress counts both")
    func evidence() throws {
        let joined = Running(members: 5, ready: 5, instances: 5, memory: "4Gi", podMemory: "2Gi")
        #expect(try OperationCase(both, joined, spec: after, status: status).percent() == 28)
        let grown = Running(members: 4, ready: 4, instances: 5, memory: "4Gi")
        #expect(try OperationCase(both, grown, spec: after, status: status).percent() == 71)
        let done = Running(members: 5, ready: 5, instances: 5, memory: "4Gi")
        #expect(try OperationCase(both, done, spec: after, status: status).evidence()?.count == 7)
        #expect(try OperationCase(both, done, spec: after).isAlreadySo())
    }

    @Test("Either half that is impossible refuses the whole")
    func refusals() throws {
        let sync = "clusterSize: 3, providerOptions: {synchronous: {method: any, number: 2}}"
        let fewer = "type: Scaling, horizontalScaling: {replicas: 2}, verticalScaling: {size: db.t3.large}"
        #expect(try OperationCase(fewer, spec: sync).refusal()?.reason == "TooFewMembers")
        let unknown = "type: Scaling, horizontalScaling: {replicas: 5}, verticalScaling: {size: db.huge}"
        #expect(try OperationCase(unknown).refusal()?.reason == "UnknownSize")
    }

    @Test("What somebody has set on the Cluster itself counts too")
    func foreignSettings() throws {
        let down = "type: HorizontalScaling, horizontalScaling: {replicas: 1}"
        let sync = try OperationCase(down, Running(specMore: "maxSyncReplicas: 1")).refusal()
        #expect(sync?.reason == "TooFewMembers")
        let supervised = try OperationCase(down, Running(specMore: "primaryUpdateStrategy: supervised")).refusal()
        #expect(supervised?.reason == "SupervisedUpdates")
        let larger = "type: VerticalScaling, verticalScaling: {size: db.t3.large}"
        let held = Running(annotations: ["cnpg.io/reconcilePodSpec": "disabled"])
        #expect(try OperationCase(larger, held).refusal()?.reason == "RolloutDisabled")
        let fenced = Running(annotations: ["cnpg.io/fencedInstances": "[\"demo-3\"]"])
        #expect(try OperationCase(larger, fenced).refusal()?.reason == "InstanceFenced")
        let crossed =
            "type: VerticalScaling, verticalScaling: {resources: {requests: {cpu: \"2\"}, limits: {cpu: \"1\"}}}"
        #expect(try OperationCase(crossed).refusal()?.reason == "RequestOverLimit")
    }

    @Test("A member that cannot be placed or grow is told of while the operation waits")
    func waiting() throws {
        let larger = "type: VerticalScaling, verticalScaling: {resources: {requests: {memory: 4Gi}}}"
        var running = Running(ready: 2, memory: "4Gi")
        running.containers = [3: "{name: postgres, state: {waiting: {reason: ContainerCreating, message: volume}}}"]
        let operation = OperationCase(larger, running, spec: "clusterSize: 3, \(after.dropFirst(16))", status: status)
        #expect(try operation.missing() == "member demo-3 to be ready (ContainerCreating, volume)")
    }
}
