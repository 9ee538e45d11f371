import CRDs
import KubernetesAPI

/// Other processor and memory for every member.
struct CNPGVerticalScaling {
    let resources: MemberResources
    private let state: CNPGOperationState

    init(_ operation: OperationContext, sizes: SizeLadder) {
        state = CNPGOperationState(operation)
        resources = MemberResources(
            operation: operation,
            sizes: sizes,
            members: state.pods,
            wanted: state.wanted,
            container: \.database
        )
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        return resources.answer(report: report())
    }

    /// Why it is not done; nil when it can be.
    var refusal: Refusal? {
        state.notRollable
            ?? resources.refusal(
                by: .cnpg,
                component: "postgres",
                others: "edit spec.proxy.resources for the pooler"
            ) ?? resources.asked?.refusalOfLimits ?? refusalOfParameters
    }

    /// What the parameters say must fit into the new memory.
    private var refusalOfParameters: Refusal? {
        let block = state.operation.request.spec.verticalScaling ?? .init()
        var changed = state.operation.cluster
        changed.spec.size = block.size
        changed.spec.resources = block.resources
        return CNPGParameters(changed, memoryRequest: resources.asked?.requests.memory, walStorage: nil).refusals()
            .first
    }

    func report() -> OperationReport { resources.report(unsettled: state.unsettled) }
}
