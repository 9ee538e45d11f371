import CRDs
import JSON
import KubernetesAPI
import Providers

/// What a request would do, from the very answer by which it would be done.
struct OperationPlanning {
    let provider: any Provider
    let operation: OperationContext

    private var cluster: DatabaseCluster { operation.cluster }
    private var children: ChildPlanning { ChildPlanning(provider: provider, observed: operation.observed) }

    /// Asks the provider's handler, and says what its answer means.
    func plan() -> ChildPlanning.Answer {
        switch provider.operations.execute(operation) {
        case .need(let needs): .need(needs)
        case .refused(let refusal): .plan(.refused([refusal]))
        case .notYet(let refusal): .plan(WritePlan(notes: ["it would wait first: \(refusal.message)"]))
        case .alreadySo(let message): .plan(WritePlan(notes: [message]))
        case .intents(let intents, let log):
            .plan(
                WritePlan(
                    writes: intents.map { children.write(of: $0, for: cluster) },
                    notes: intents.isEmpty ? [log] : []
                )
            )
        case .specChange(let change): plan(of: change)
        }
    }

    /// The cluster as the request leaves it, for what is planned after it; nil when it leaves the spec as it is.
    func clusterAfterwards() -> DatabaseCluster? {
        guard case .specChange(let change) = provider.operations.execute(operation) else { return nil }
        return try? changed(by: change)
    }

    private func changed(by change: SpecChange) throws(JSONError) -> DatabaseCluster {
        var changed = cluster
        changed.spec = try cluster.spec.merging(change.patch)
        return changed
    }

    private func plan(of change: SpecChange) -> ChildPlanning.Answer {
        let changed: DatabaseCluster
        do {
            changed = try self.changed(by: change)
        } catch {
            return .plan(.refused([Refusal("InvalidChange", "the spec would not be readable any more: \(error)")]))
        }
        // What is wrong with the spec as it is does not count: the operation may be the cure.
        let known = Set(provider.validate(cluster, operation.observed))
        let refusals = provider.validate(changed, operation.observed).filter { !known.contains($0) }
        guard refusals.isEmpty else { return .plan(.refused(refusals)) }
        guard case .plan(let consequences) = children.plan(for: changed, former: cluster) else {
            return children.plan(for: changed, former: cluster)
        }
        var plan = WritePlan()
        let fields = Self.changes(of: cluster.spec, to: changed.spec)
        if !fields.isEmpty {
            plan.writes.append(PlannedWrite(.patch, DatabaseCluster.resource, cluster.metadata.key, fields))
        }
        plan.append(consequences)
        plan.writes += change.intents.map { children.write(of: $0, for: changed) }
        return .plan(plan)
    }

    /// The wish itself disturbs nothing: its consequences follow.
    private static func changes(of spec: DatabaseClusterSpec, to changed: DatabaseClusterSpec) -> [PlannedChange] {
        let (before, after) = (OperableFields(of: spec).values, OperableFields(of: changed).values)
        return Set(before.keys).union(after.keys).sorted().compactMap { name in
            guard !OperableFields.isSame(name, before[name], after[name]) else { return nil }
            let path = ["spec"] + name.split(separator: ".", maxSplits: 1).map(String.init)
            return PlannedChange(
                change: FieldChange(path, from: before[name], to: after[name]),
                disruption: .none
            )
        }
    }
}
