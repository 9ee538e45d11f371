import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@testable import ControllerRuntime
@testable import Operator

@Suite("Writes to children that the stores have not seen yet")
struct PendingChildrenTests {
    private let providers = ProviderFactory()
    private let stores: Stores
    private let pending: PendingWrites
    private let key = ObjectKey(namespace: "shop", name: "messages")

    init() throws {
        stores = Stores(providers)
        pending = PendingWrites(stores, providers)
        let cluster = try DatabaseCluster([
            "metadata": ["name": "messages", "namespace": "shop"],
            "spec": ["engine": "kafka", "provider": "strimzi", "clusterSize": 3, "storage": "10Gi"],
        ])
        stores.clusters.replace([key: .object(cluster)], namespace: "", resourceVersion: "1")
    }

    private func see(_ version: String, by provider: ProviderName) throws {
        try #require(stores.children[provider]?[.pod]).replace([:], namespace: "", resourceVersion: version)
    }

    @Test("A pod is waited for in the store of its cluster's provider, whatever other providers see of pods")
    func ownStore() throws {
        let others = providers.providers.map(\.name).filter { $0 != .strimzi && stores.children[$0]?[.pod] != nil }
        #expect(others.count > 1)
        for provider in others { try see("20", by: provider) }
        try see("5", by: .strimzi)
        pending.note(.pod, key, resourceVersion: "10")
        #expect(!pending.isCaughtUp(key))
        for provider in others { try see("7", by: provider) }
        try see("10", by: .strimzi)
        #expect(pending.isCaughtUp(key))
    }
}
