import CRDs
import KubernetesAPI

/// Other processor and memory for every member with data.
struct PSMDBVerticalScaling {
    let resources: MemberResources
    private let state: PSMDBOperationState

    init(_ operation: OperationContext, sizes: SizeLadder) {
        state = PSMDBOperationState(operation)
        resources = MemberResources(
            operation: operation,
            sizes: sizes,
            members: state.pods,
            wanted: state.wanted,
            container: \.mongo,
            hindrance: \.hindrance
        )
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        return resources.answer(busy: state.underWay, report: report())
    }

    /// Why it is not done; nil when it can be.
    var refusal: Refusal? {
        state.notRunning
            ?? resources.refusal(
                by: .perconaPSMDB,
                component: "mongod",
                others:
                    "edit spec.proxy.resources for the routers, and providerOptions.configServers.size for the config "
                    + "servers"
            ) ?? resources.asked?.refusalOfLimits
    }

    func report() -> OperationReport { resources.report(unsettled: state.unsettled) }
}
