import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Providers
import Testing

@testable import Operator

/// A provider with a mark among its children that no operation needs any more, and a cluster that is not well.
private struct Marking: Provider {
    enum Trouble: CaseIterable {
        case refused, waiting, paused, unreadable, deletedUnderProtection
    }

    struct Operations: OperationsHandler {
        var provider: ProviderName { .kubedb }
        func progress(of operation: OperationContext) -> OperationReport { .succeeded(evidence: ["done"]) }
    }

    struct View: ClusterView {
        let trouble: Trouble
        let cluster: DatabaseCluster
        let observed: Observed

        func validate() -> [Refusal] { trouble == .refused ? [Refusal("Wrong", "it cannot be so")] : [] }

        func preReconcile() -> HookAnswer {
            switch trouble {
            case .waiting: .wait(reason: "NotYet", message: "something is not there", after: .seconds(1))
            // Which no provider is answered: the look ends with an error.
            case .unreadable: .need([.object(.secret, cluster.metadata.key)])
            default: .proceed
            }
        }

        func applier() -> any Applier { NothingToApply() }
        func status() -> ClusterReport { ClusterReport(phase: .ready) }
        func cleanup() -> CleanupAnswer { .done }

        func retirements(underWay: () -> Set<String>) -> [Intent] {
            guard trouble != .deletedUnderProtection || cluster.metadata.isBeingDeleted else { return [] }
            return observed.children(.configMap).map { .delete(.configMap, $0.metadata.key, uid: $0.metadata.uid) }
        }
    }

    let trouble: Trouble
    let name = ProviderName.kubedb
    let engines: Set<Engine> = [.redis]
    let watches = [WatchedKind(whole: .configMap, labelSelector: APIGroup.clusterLabel, owner: [.clusterLabel])]
    let permissions: [PolicyRule] = []
    let operations: any OperationsHandler = Operations()
    let rendering = "1"

    func view(of cluster: DatabaseCluster, _ observed: Observed) -> any ClusterView {
        View(trouble: trouble, cluster: cluster, observed: observed)
    }
    func driftType(of path: String, in resource: ResourceType) -> DriftType { .other }
    func disruption(of change: ChildChange, on cluster: DatabaseCluster, _ observed: Observed) -> Disruption { .none }
}

@Suite("What operations have left")
struct RetirementTests {
    @Test("It is taken back however the cluster stands", arguments: Marking.Trouble.allCases)
    private func inEveryState(_ trouble: Marking.Trouble) async throws {
        let providers = ProviderFactory(providers: [Marking(trouble: trouble)])
        try await SandboxWorld.run(operators: 1, engines: [], providers: providers) { world in
            let mark: JSONValue = [
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": ["name": "mark", "namespace": "default", "labels": ["dbaas.io/cluster": "orders"]],
            ]
            _ = try await world.client.create(.configMap, namespace: "default", mark, fieldManager: "person")
            try await world.create(
                DatabaseCluster.resource,
                "orders",
                ["engine": "redis", "clusterSize": 1, "storage": "1Gi", "deletionPolicy": "Protect"],
                annotations: trouble == .paused ? ["dbaas.io/reconcile": "paused"] : [:]
            )
            if trouble == .deletedUnderProtection {
                try await world.wait(for: "a cluster that is Ready") {
                    try await $0.client.get(DatabaseCluster.kind, SandboxWorld.name)?.status.phase == .ready
                }
                #expect(try await world.object(.configMap, "mark") != nil)
                _ = try await world.client.delete(DatabaseCluster.resource, SandboxWorld.name)
            }
            try await world.wait(for: "the mark to go") { try await $0.object(.configMap, "mark") == nil }
            #expect(try await world.object(DatabaseCluster.resource) != nil)
        }
    }
}
