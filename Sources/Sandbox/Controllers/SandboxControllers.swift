import KubernetesAPI

/// The controllers that a Kubernetes cluster has beside its API server: garbage collection, namespaces, definitions,
/// and the node with its pods, jobs, volumes and deployments.
final class SandboxControllers: Sendable {
    private let api: any FollowedAPI
    private let garbage: ReconcileLoop<GarbageCollector>
    private let namespaces: ReconcileLoop<NamespaceDeletion>
    private let definitions: ReconcileLoop<DefinitionRemoval>
    private let workloads: ReconcileLoop<Workloads>
    private let runsWorkloads: Bool
    private let removesDefinitions: Bool

    /// - Parameters:
    ///   - speed: how many times faster than its base delays everything runs.
    ///   - seed: makes the delays' jitter the same in every run.
    ///   - runsWorkloads: whether there is a node on which pods, jobs and volumes come to life.
    ///   - removesDefinitions: whether what goes with a definition is left to these controllers; an API server of its own
    ///     does it itself.
    init(
        api: any FollowedAPI,
        speed: Double = 1,
        seed: UInt64 = 0,
        runsWorkloads: Bool = true,
        removesDefinitions: Bool = true
    ) {
        self.api = api
        self.runsWorkloads = runsWorkloads
        self.removesDefinitions = removesDefinitions
        garbage = ReconcileLoop(api: api, GarbageCollector(api: api))
        namespaces = ReconcileLoop(api: api, NamespaceDeletion(api: api))
        definitions = ReconcileLoop(api: api, DefinitionRemoval(api: api))
        workloads = ReconcileLoop(api: api, Workloads(api: api, delays: Delays(speed: speed, seed: seed)))
    }

    /// Works until its task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.namespaces.run() }
            if removesDefinitions { group.addTask { await self.definitions.run() } }
            if runsWorkloads { group.addTask { await self.workloads.run() } }
            group.addTask { await self.collectGarbage() }
            await group.waitForAll()
        }
    }

    /// Collects garbage of the kinds served, and begins anew with the others when a definition comes or goes.
    private func collectGarbage() async {
        while !Task.isCancelled {
            let types = await ResourceTypes(servedBy: api).types
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.garbage.run(watching: types) }
                group.addTask { await self.waitUntilTypes(differFrom: types) }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func waitUntilTypes(differFrom types: [ResourceType]) async {
        let known = ResourceTypes(types: types)
        await api.follow([.customResourceDefinition]) { change in
            await known.agree(on: change.key, with: self.api)
        }
    }
}
