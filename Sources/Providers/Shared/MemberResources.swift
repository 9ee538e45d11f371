import CRDs
import KubernetesAPI

/// Other processor and memory for every member with data, rolled out one pod after the other; whatever operator does it.
struct MemberResources {
    let operation: OperationContext
    let sizes: SizeLadder
    /// The pods of the members.
    let members: [Pod]
    /// How many there shall be.
    let wanted: Int
    /// The container that the database runs in.
    let container: (Pod) -> Pod.Container?
    /// What keeps a pod from getting its resources; nil when that is not known.
    var hindrance: (Pod) -> String? = { _ in nil }
    /// What they are called.
    var noun = "members"
    /// Stands before the name of one.
    var title = "member "

    private var block: OpsRequestSpec.VerticalScaling { operation.request.spec.verticalScaling ?? .init() }

    /// What each shall have; nil when the class is not known, or nothing is asked for.
    var asked: ResourceRequirements? { block.asked(sizes) }

    /// What the spec says, and shall say; empty when it does.
    var fields: [SpecChange.Field] { block.fields(from: operation.cluster.spec) }

    var log: String { block.log(from: operation.cluster.spec) }

    /// - Parameters:
    ///   - busy: what must end before the change is made; nil when nothing must.
    ///   - report: how far it is; nil when that must not end the operation as done already.
    func answer(
        busy: @autoclosure () -> Refusal? = nil,
        report: @autoclosure () -> OperationReport?
    ) -> OperationAnswer {
        .change(
            fields,
            log: log,
            busy: busy(),
            waiting: "the resources are asked for already; waiting for the \(noun)",
            report: report()
        )
    }

    /// Refuses another component than the one that has the data, and a class that is not known.
    ///
    /// - Parameter others: what is done about the others, behind a semicolon.
    func refusal(by provider: ProviderName, component: String, others: String) -> Refusal? {
        guard block.component.isEmpty || block.component == component else {
            return Refusal(
                "UnknownComponent",
                "provider \(provider.rawValue) scales the component \(component) only, not \(block.component); \(others)"
            )
        }
        return asked == nil ? unknownSize : nil
    }

    private var unknownSize: Refusal { Refusal("UnknownSize", sizes.unknown(block.size ?? "")) }

    /// - Parameter unsettled: what is missing once all have them; nil when nothing is.
    func report(unsettled: @autoclosure () -> String?) -> OperationReport {
        guard let asked else { return .failed(unknownSize) }
        let done = done(asked)
        let percent = OperationReport.percent(done.count, of: wanted)
        if let pod = members.first(where: { container($0)?.resources.satisfies(asked) != true }) {
            let hindrance = hindrance(pod).map { " (\($0))" } ?? ""
            return .running(
                percent: percent,
                waitingFor: "\(title)\(pod.metadata.name) to get its resources\(hindrance)"
            )
        }
        if let missing = unsettled() { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(
            evidence: done.map { "\($0.metadata.name) has \(asked.text) and is ready" },
            message: "\(done.count) of \(wanted) \(noun) have \(asked.text)"
        )
    }

    /// The ready members that have the resources.
    private func done(_ asked: ResourceRequirements) -> [Pod] {
        members.filter { $0.isReady && container($0)?.resources.satisfies(asked) == true }
    }

    /// How many members have them, of how many.
    var count: (done: Int, all: Int) { (asked.map { done($0).count } ?? 0, wanted) }
}
