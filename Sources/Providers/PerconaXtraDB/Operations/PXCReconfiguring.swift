import CRDs
import JSON
import KubernetesAPI

/// Other engine parameters, by the cluster's `my.cnf`; every member is restarted with it.
struct PXCReconfiguring {
    private let operation: OperationContext
    private let sizes: SizeLadder
    private let state: PXCOperationState
    private var spec: DatabaseClusterSpec { operation.cluster.spec }
    private var block: OpsRequestSpec.Reconfiguring { operation.request.spec.reconfiguring ?? .init() }

    init(_ operation: OperationContext, sizes: SizeLadder) {
        self.operation = operation
        self.sizes = sizes
        state = PXCOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        if let busy = state.busy { return .notYet(busy) }
        guard block.config(from: spec.config) != spec.config else {
            if case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "the parameters are in the spec already; waiting for the members")
        }
        return .specChange(block.change(of: spec.config))
    }

    private var refusal: Refusal? {
        if let refusal = state.notRunning ?? block.contradiction { return refusal }
        let limit = sizes.resources(of: spec)?.limits.memory
        return PXCParameters(block.config(from: spec.config), memoryLimit: limit).refusals().first
    }

    /// Each pod carries the mark of the configuration that it was started with.
    func report() -> OperationReport {
        guard block.config(from: spec.config) == spec.config else {
            return .running(percent: 0, waitingFor: "spec.config to be changed")
        }
        let mark = PXCConfiguration(spec.config).mark
        guard let child = state.child, child.memberAnnotations[PXCAnnotation.configuration] == mark else {
            return .running(percent: 0, waitingFor: "Percona's operator to be told of the parameters")
        }
        let done = state.pods.filter { $0.metadata.annotations[PXCAnnotation.configuration] == mark && $0.isReady }
        let percent = OperationReport.percent(done.count, of: state.wanted)
        if let pod = state.pods.first(where: { $0.metadata.annotations[PXCAnnotation.configuration] != mark }) {
            return .running(
                percent: percent,
                waitingFor: "member \(pod.metadata.name) to be restarted with the new configuration"
            )
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(
            evidence: parameters + done.map { "\($0.metadata.name) was started with this configuration and is ready" }
        )
    }

    private var parameters: [String] {
        block.config.map { "the configuration has \($0.name) = \($0.value)" }
            + block.remove.map { "the configuration has no \($0)" }
    }
}
