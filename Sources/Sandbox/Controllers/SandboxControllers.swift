import KubernetesAPI

/// The controllers that a Kubernetes cluster has beside its API server: garbage collection, namespaces, definitions,
/// and the node with its pods, jobs, volumes and deployments.
final class SandboxControllers: Sendable {
    private let client: InProcessClient
    private let garbage: ReconcileLoop<GarbageCollector>
    private let namespaces: ReconcileLoop<NamespaceDeletion>
    private let definitions: ReconcileLoop<DefinitionRemoval>
    private let workloads: ReconcileLoop<Workloads>

    /// - Parameters:
    ///   - speed: how many times faster than its base delays everything runs.
    ///   - seed: makes the delays' jitter the same in every run.
    init(client: InProcessClient, speed: Double = 1, seed: UInt64 = 0) {
        self.client = client
        garbage = ReconcileLoop(client: client, GarbageCollector(api: client))
        namespaces = ReconcileLoop(client: client, NamespaceDeletion(api: client))
        definitions = ReconcileLoop(client: client, DefinitionRemoval(api: client))
        workloads = ReconcileLoop(client: client, Workloads(api: client, delays: Delays(speed: speed, seed: seed)))
    }

    /// Works until its task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.namespaces.run() }
            group.addTask { await self.definitions.run() }
            group.addTask { await self.workloads.run() }
            group.addTask { await self.collectGarbage() }
            await group.waitForAll()
        }
    }

    /// Collects garbage of the kinds served, and begins anew with the others when a definition comes or goes.
    private func collectGarbage() async {
        while !Task.isCancelled {
            let types = ResourceTypes(servedBy: client).types
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.garbage.run(watching: types) }
                group.addTask { await self.waitUntilTypes(differFrom: types) }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func waitUntilTypes(differFrom types: [ResourceType]) async {
        for await _ in client.changes(of: [.customResourceDefinition])
        where ResourceTypes(servedBy: client).types != types { return }
    }
}
