import CRDs
import JSON
import KubernetesAPI

/// Another version of Kafka: all nodes restart with the metadata of before, then the metadata follows.
struct StrimziUpgrade {
    private let operation: OperationContext
    private let state: StrimziOperationState
    private var cluster: DatabaseCluster { operation.cluster }
    private var asked: String { operation.request.spec.upgrade?.version ?? "" }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = StrimziOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notManaged ?? StrimziValidation.refusal(ofVersion: asked, state.plan) ?? pinned {
            return .refused(refusal)
        }
        if cluster.spec.version == asked {
            if operation.executedAt == nil, case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "version is \(asked) already; waiting for the nodes")
        }
        if cluster.spec.version == nil, state.plan.version == asked,
            case .succeeded(let evidence, _) = report()
        {
            return .alreadySo(message: evidence.joined(separator: ", "))
        }
        if let busy = state.busy { return .notYet(busy) }
        return .specChange(
            SpecChange(
                [("version", cluster.spec.version.map(JSONValue.string), .string(asked))],
                log: "version \(state.plan.version) → \(asked)"
            )
        )
    }

    /// A metadata version that is pinned to something newer than the version asked for.
    private var pinned: Refusal? {
        guard let text = state.plan.options.metadataVersion, let pin = StrimziMetadataVersion(text),
            let version = StrimziVersion(asked), !pin.isReadable(by: version)
        else { return nil }
        return Refusal(
            "DowngradeRefused",
            "version \(asked) cannot read metadata of version \(text), which providerOptions.metadataVersion asks for; lower "
                + "that first"
        )
    }

    /// Once the metadata is of the new release, the old one cannot read it.
    var irreversible: Refusal? {
        let before = operation.request.status.previous?["version"]?.string ?? cluster.status.version
        guard let before = before.flatMap({ StrimziVersion($0) }), let text = state.kafka?.metadataVersion,
            let kept = StrimziMetadataVersion(text), !kept.isReadable(by: before)
        else { return nil }
        return Refusal(
            "DowngradeRefused",
            "the metadata is of version \(text) already, which Kafka \(before) cannot read; there is no way back"
        )
    }

    // MARK: - Evidence

    func report() -> OperationReport {
        guard let kafka = state.kafka else { return .running(percent: 0, waitingFor: "the Kafka to be created") }
        guard state.plan.version == asked else {
            return .running(percent: 0, waitingFor: "spec.version to be \(asked); it is \(state.plan.version)")
        }
        guard kafka.version == asked else {
            return .running(percent: 0, waitingFor: "Strimzi to be told of version \(asked)")
        }
        if let failure = state.failure { return failure }
        let done = state.pods.filter { $0.isReady && Self.version(of: $0) == asked }
        // The metadata is the last step.
        let percent = OperationReport.percent(done.count, of: state.pods.count + 1)
        if let pod = state.pods.first(where: { Self.version(of: $0) != asked }) {
            let hindrance = pod.hindrance.map { " (\($0))" } ?? ""
            return .running(percent: percent, waitingFor: "\(pod.metadata.name) to run Kafka \(asked)\(hindrance)")
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        guard kafka.kafkaVersion == asked else {
            return .running(percent: percent, waitingFor: "Strimzi to report status.kafkaVersion \(asked)")
        }
        if let missing = missingMetadata(kafka) { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(
            evidence: done.map { "\($0.metadata.name) runs Kafka \(asked) and is ready" }
                + ["status.kafkaMetadataVersion = \(kafka.metadataVersion ?? "")"],
            message: "\(done.count) of \(state.pods.count) nodes run Kafka \(asked)"
        )
    }

    private static func version(of pod: Pod) -> String? { pod.metadata.annotations[StrimziAnnotation.kafkaVersion] }

    private func missingMetadata(_ kafka: StrimziKafka) -> String? {
        if let warning = kafka.warning("MetadataUpdateFailed") {
            return "the metadata to be updated, which Strimzi tries again (\(warning.message))"
        }
        let found = kafka.metadataVersion.flatMap { StrimziMetadataVersion($0) }
        let words = kafka.metadataVersion ?? "unknown"
        if let text = state.plan.options.metadataVersion, let wanted = StrimziMetadataVersion(text) {
            // Between the two steps of a pinned upgrade Strimzi warns that it is older than the version; that is meant.
            return found?.satisfies(wanted) == true ? nil : "the metadata to be of version \(text); it is \(words)"
        }
        guard let version = StrimziVersion(asked), found?.isOfRelease(version) == true else {
            return "the metadata to be of release \(asked); it is \(words)"
        }
        return kafka.warning("KafkaMetadataVersion").map { "the metadata to be updated (\($0.message))" }
    }
}
