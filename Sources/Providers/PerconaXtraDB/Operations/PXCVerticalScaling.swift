import CRDs
import KubernetesAPI

/// Other processor and memory for every member.
struct PXCVerticalScaling {
    let resources: MemberResources
    private let state: PXCOperationState

    init(_ operation: OperationContext, sizes: SizeLadder) {
        state = PXCOperationState(operation)
        resources = MemberResources(
            operation: operation,
            sizes: sizes,
            members: state.pods,
            wanted: state.wanted,
            container: \.server
        )
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        if let busy = state.busy { return .notYet(busy) }
        return resources.answer(report: report())
    }

    /// Why it is not done; nil when it can be.
    var refusal: Refusal? {
        state.notRunning
            ?? resources.refusal(
                by: .perconaPXC,
                component: "pxc",
                others: "edit spec.proxy.resources for the proxy"
            ) ?? resources.asked?.refusalOfLimits ?? refusalOfParameters
    }

    /// What the parameters say must fit into the new memory.
    private var refusalOfParameters: Refusal? {
        let config = state.operation.cluster.spec.config
        return PXCParameters(config, memoryLimit: resources.asked?.limits.memory).refusals().first
    }

    func report() -> OperationReport { resources.report(unsettled: state.unsettled) }
}
