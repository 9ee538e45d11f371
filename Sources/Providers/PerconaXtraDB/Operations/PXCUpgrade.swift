import CRDs
import JSON
import KubernetesAPI

/// Another version of the same series: a rolling change of the members' images, with XtraBackup's beside them.
struct PXCUpgrade {
    private let operation: OperationContext
    private let state: PXCOperationState
    private var cluster: DatabaseCluster { operation.cluster }
    private var asked: String { operation.request.spec.upgrade?.version ?? "" }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = PXCOperationState(operation)
    }

    /// The version that is meant.
    private var wanted: PerconaVersion? {
        PerconaVersion(asked).flatMap { $0.resolved(in: PXCRelease.versions, running: state.child?.imageVersion) }
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        if let wanted, wanted == state.child?.imageVersion, state.plan.version == wanted {
            if case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            if cluster.spec.version == asked {
                return .intents([], log: "version is \(asked) already; waiting for the members")
            }
        }
        if let busy = state.busy { return .notYet(busy) }
        return .specChange(
            SpecChange(
                [("version", cluster.spec.version.map(JSONValue.string), .string(asked))],
                log: "version \(state.plan.version?.text ?? "") → \(asked)"
            )
        )
    }

    private var refusal: Refusal? {
        if let refusal = state.notRunning { return refusal }
        return PXCUpgradePath(state.plan).refusal(of: asked, reported: state.child?.reportedVersion)
    }

    /// A server that has run once with the new version has changed its data for good.
    var irreversible: Refusal? {
        guard let wanted = PerconaVersion(asked), let before = previous, before.isOlder(than: wanted) else {
            return nil
        }
        let upgraded = state.pods.first { pod in
            guard let image = pod.server.flatMap({ PerconaVersion(image: $0.image) }), before.isOlder(than: image)
            else {
                return false
            }
            return pod.isReady || pod.containerStatuses.contains { $0.name == "pxc" && $0.isReady }
        }
        let isReported = state.child?.reportedVersion.map { before.isOlder(than: $0) } ?? false
        guard upgraded != nil || isReported else { return nil }
        return Refusal(
            "DowngradeRefused",
            "\(upgraded.map { "member \($0.metadata.name) has" } ?? "members have") run \(asked) already, and MySQL "
                + "\(before.text) does not start on its data; restore a backup into a new cluster instead"
        )
    }

    private var previous: PerconaVersion? {
        (operation.request.status.previous?["version"]?.string ?? cluster.status.version).flatMap { PerconaVersion($0) }
    }

    func report() -> OperationReport {
        guard let wanted, let child = state.child else {
            return .running(percent: 0, waitingFor: "the PerconaXtraDBCluster to be created")
        }
        guard state.plan.version == wanted else {
            return .running(
                percent: 0,
                waitingFor: "spec.version to be \(asked); it is \(state.plan.version?.text ?? "unknown")"
            )
        }
        let image = state.plan.image
        guard child.image == image else {
            return .running(percent: 0, waitingFor: "Percona's operator to be told of image \(image)")
        }
        let done = state.pods.filter { $0.isReady && $0.server?.image == image }
        let percent = OperationReport.percent(done.count, of: state.wanted)
        if let pod = state.pods.first(where: { $0.server?.image != image }) {
            let hindrance = pod.hindrance.map { " (\($0))" } ?? ""
            return .running(percent: percent, waitingFor: "member \(pod.metadata.name) to run \(image)\(hindrance)")
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        guard let reported = child.reportedVersion, PXCRelease.isReported(wanted, as: reported) else {
            return .running(
                percent: percent,
                waitingFor: "the servers to report \(wanted.text); they report \(child.members.version ?? "nothing")"
            )
        }
        return .succeeded(
            evidence: done.map { "\($0.metadata.name) runs \(image) and is ready" }
                + ["the servers report \(reported.text)"],
            message: "\(done.count) of \(state.wanted) members run \(wanted.text)"
        )
    }
}
