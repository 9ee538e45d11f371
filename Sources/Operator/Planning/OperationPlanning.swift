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

    /// What a request would write, and what it would leave behind.
    struct Outcome {
        let answer: ChildPlanning.Answer
        /// The cluster as what is planned next finds it; nil when the request leaves the spec as it is.
        var clusterAfterwards: DatabaseCluster?
    }

    /// Asks the provider's handler, once, and says what its answer means.
    func outcome() -> Outcome {
        switch provider.operations.execute(operation) {
        case .need(let needs): Outcome(answer: .need(needs))
        case .refused(let refusal): Outcome(answer: .plan(.refused([refusal])))
        case .notYet(let refusal): Outcome(answer: .plan(WritePlan(notes: ["it would wait first: \(refusal.message)"])))
        case .alreadySo(let message): Outcome(answer: .plan(WritePlan(notes: [message])))
        case .intents(let intents, let log):
            Outcome(
                answer: .plan(
                    WritePlan(
                        writes: intents.map { children.write(of: $0, for: cluster) },
                        notes: intents.isEmpty ? [log] : []
                    )
                )
            )
        case .specChange(let change): outcome(of: change)
        }
    }

    private func outcome(of change: SpecChange) -> Outcome {
        var changed = cluster
        do {
            changed.spec = try cluster.spec.merging(change.patch)
        } catch {
            let refusal = Refusal("InvalidChange", "the spec would not be readable any more: \(error)")
            return Outcome(answer: .plan(.refused([refusal])))
        }
        return Outcome(answer: plan(of: change, to: changed), clusterAfterwards: changed)
    }

    private func plan(of change: SpecChange, to changed: DatabaseCluster) -> ChildPlanning.Answer {
        // What is wrong with the spec as it is does not count: the operation may be the cure.
        let known = Set(provider.validate(cluster, operation.observed))
        let refusals = provider.validate(changed, operation.observed).filter { !known.contains($0) }
        guard refusals.isEmpty else { return .plan(.refused(refusals)) }
        let answer = children.plan(for: changed, former: cluster)
        guard case .plan(let consequences) = answer else { return answer }
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
