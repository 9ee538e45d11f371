import CRDs
import JSON
import KubernetesAPI

/// Has a database be again what its cluster's restored spec says.
///
/// While the request that failed is being taken back, no wish is filed for the same fields, so this files what a wish
/// would.
struct KubeDBRecovery {
    private let state: KubeDBOperationState

    init(_ state: KubeDBOperationState) { self.state = state }

    /// One write at a time, and none while KubeDB is at work.
    var intents: [Intent] {
        guard let database = state.database else { return [] }
        let own = state.requests
        let waiting = own.filter { !$0.phase.isEnd && $0.phase != .progressing && !isBack($0) }
        guard waiting.isEmpty else { return waiting.map { $0.withdrawal(state.engine) } }
        let isBusy = state.operation.observed.kubedbRequests(state.engine).contains { !$0.phase.isEnd }
        guard !isBusy, own.contains(where: { !isBack($0) }) else { return [] }
        return steps(database).first { !$0.isThere }.map { [$0.intent] } ?? []
    }

    /// The cluster's own name, which the request's begins with, may have the mark in it too.
    private func isBack(_ request: KubeDBRequest) -> Bool {
        request.metadata.name.dropFirst("\(state.name)-".count).contains(Self.mark)
    }

    /// In the names of what takes something back.
    private static let mark = "-back-"

    /// What differs; where the database is not well, also what only its members may have of the failed operation.
    private func steps(_ database: KubeDBDatabase) -> [KubeDBStep] {
        let plan = state.plan
        let isSick = database.phase != "Ready"
        var steps: [KubeDBStep] = []
        let subjects = state.operation.request.spec.type.subjects
        let shards = database.data.shards.map { _ in plan.topology.shards }
        let isOtherSize = database.data.replicas != plan.cluster.spec.clusterSize || database.data.shards != shards
        if subjects.contains("clusterSize"), isOtherSize {
            let block = KubeDBBlocks.horizontalScaling(
                database,
                replicas: plan.cluster.spec.clusterSize,
                shards: shards
            )
            steps.append(step("hscale", "HorizontalScaling", ["horizontalScaling": block]))
        }
        if subjects.contains("resources"), let wanted = plan.resources,
            isSick || database.data.resources?.satisfies(wanted) != true
        {
            let block = KubeDBBlocks.verticalScaling(database.data.component, wanted)
            steps.append(step("vscale", "VerticalScaling", ["verticalScaling": block]))
        }
        if subjects.contains("config"), isSick || isOtherwiseConfigured(database) {
            let block = KubeDBBlocks.configuration(database, plan.cluster.spec.config)
            steps.append(step("rcfg", "Reconfigure", ["configuration": block]))
        }
        return steps
    }

    private func isOtherwiseConfigured(_ database: KubeDBDatabase) -> Bool {
        let wanted = state.cluster.spec.config
        return !database.parametersLacking(wanted).isEmpty || !database.parametersBeyond(wanted).isEmpty
    }

    private func step(_ word: String, _ type: String, _ blocks: JSONObject) -> KubeDBStep {
        KubeDBStep(state, "\(word)-back", type, blocks, isCure: true)
    }
}
