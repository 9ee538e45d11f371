import CRDs
import KubernetesAPI

/// Other processor and memory for every broker.
struct StrimziVerticalScaling {
    let resources: MemberResources
    private let state: StrimziOperationState

    init(_ operation: OperationContext, sizes: SizeLadder) {
        state = StrimziOperationState(operation)
        resources = MemberResources(
            operation: operation,
            sizes: sizes,
            members: state.brokers,
            wanted: state.wanted,
            container: \.kafka,
            hindrance: \.hindrance,
            noun: "brokers",
            title: ""
        )
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        return resources.answer(busy: state.busy, report: state.operation.executedAt == nil ? report() : nil)
    }

    /// What the spec says, and shall say; empty when it does.
    var fields: [SpecChange.Field] { resources.fields }
    var log: String { resources.log }
    /// How many brokers have them, of how many.
    var count: (done: Int, all: Int) { resources.count }

    /// Why it is not done; nil when it can be.
    var refusal: Refusal? {
        state.notManaged
            ?? resources.refusal(
                by: .strimzi,
                component: "broker",
                others: "edit providerOptions.controllers.resources for the controllers"
            ) ?? resources.asked.flatMap { StrimziValidation.refusal(ofAmounts: $0, "verticalScaling.resources") }
    }

    func report() -> OperationReport {
        if let asked = resources.asked {
            guard let pool = state.plan.brokerPool, pool.resources.satisfies(asked) else {
                return .running(percent: 0, waitingFor: "Strimzi to be told of \(asked.text)")
            }
            if let failure = state.failure { return failure }
        }
        return resources.report(unsettled: state.unsettled)
    }
}
