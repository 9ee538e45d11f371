import CRDs
import JSON
import KubernetesAPI

/// Another version: another image for every member, rolled out one pod after the other, the primary last.
struct PSMDBUpgrade {
    private let operation: OperationContext
    private let state: PSMDBOperationState
    private var cluster: DatabaseCluster { operation.cluster }
    private var asked: String { operation.request.spec.upgrade?.version ?? "" }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = PSMDBOperationState(operation)
    }

    /// The version that all members have run; of a young cluster what they were told to.
    private var running: PerconaVersion? { state.child?.runningVersion ?? state.child?.version }

    /// What is meant; what runs where that is not said to be too old.
    private var wanted: PerconaVersion? {
        PerconaVersion(asked).flatMap { $0.resolved(in: PSMDBRelease.versions, running: running) }
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        if cluster.spec.version == asked {
            if case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "version is \(asked) already; waiting for the members")
        }
        if cluster.spec.version == nil, state.plan.version == wanted, case .succeeded(let evidence, _) = report() {
            return .alreadySo(message: evidence.joined(separator: ", "))
        }
        if let refusal = state.underWay { return .notYet(refusal) }
        return .specChange(
            SpecChange(
                [("version", cluster.spec.version.map(JSONValue.string), .string(asked))],
                log: "version \(state.plan.version?.text ?? "") → \(wanted?.text ?? asked)"
            )
        )
    }

    private var refusal: Refusal? {
        if let refusal = state.notRunning { return refusal }
        guard PerconaVersion(asked) != nil else {
            return Refusal(
                "InvalidVersion",
                "\(asked) is no version of Percona Server for MongoDB; write it like 8.0 or 8.0.19-7; \(possible)"
            )
        }
        guard let wanted else {
            return Refusal("UnknownVersion", "version \(asked) is not known to provider percona-psmdb; \(possible)")
        }
        guard let running, running != wanted, let refusal = PSMDBRelease.refusal(of: wanted, from: running) else {
            return nil
        }
        return Refusal(refusal.reason, "\(refusal.message); \(possible)")
    }

    /// What can be asked for instead, as a clause.
    private var possible: String {
        guard let running else { return "there are \(PSMDBRelease.known)" }
        let targets = PSMDBRelease.versions.filter { version in
            version != running && PSMDBRelease.refusal(of: version, from: running) == nil
        }
        guard !targets.isEmpty else { return "from \(running.text) it can be a newer build of \(running.series)" }
        return "from \(running.text) it can be \(targets.map(\.text).joined(separator: ", "))"
    }

    /// Data that has been run with its feature compatibility raised cannot be read by the version before.
    var irreversible: Refusal? {
        guard let now = state.child?.runningVersion, let before = previous, before.isOlder(than: now),
            before.series != now.series
        else { return nil }
        return Refusal(
            "DowngradeRefused",
            "the data is of MongoDB \(now.series) already and there is no way back to \(before.text); restore a backup into a "
                + "new cluster instead"
        )
    }

    private var previous: PerconaVersion? {
        let text = operation.request.status.previous?["version"]?.string ?? cluster.status.version
        return text.flatMap { PerconaVersion($0) }
    }

    // MARK: - Evidence

    func report() -> OperationReport {
        guard let child = state.child, let wanted = state.plan.version else {
            return .running(percent: 0, waitingFor: "the PerconaServerMongoDB to be created")
        }
        guard PerconaVersion(asked)?.covers(wanted) == true else {
            return .running(
                percent: 0,
                waitingFor: "spec.version to be \(asked); it is \(cluster.spec.version ?? "unset")"
            )
        }
        let image = state.plan.image
        guard child.image == image else {
            return .running(percent: 0, waitingFor: "Percona's operator to be told of image \(image)")
        }
        let all = state.allPods
        let done = all.filter { $0.isReady && $0.mongo?.image == image }
        let percent = OperationReport.percent(done.count, of: all.count)
        if let pod = all.first(where: { $0.mongo?.image != image }) {
            let hindrance = pod.hindrance.map { " (\($0))" } ?? ""
            return .running(percent: percent, waitingFor: "member \(pod.metadata.name) to run \(image)\(hindrance)")
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        guard let reported = child.runningVersion, wanted.isReported(as: reported) else {
            return .running(
                percent: percent,
                waitingFor: "Percona's operator to report status.mongoVersion \(wanted.text); it says "
                    + (child.mongoVersion.isEmpty ? "none" : child.mongoVersion)
            )
        }
        return .succeeded(
            evidence: done.map { "\($0.metadata.name) runs \(image) and is ready" }
                + ["status.mongoVersion is \(child.mongoVersion)"],
            message: "\(state.wanted) of \(state.wanted) members run \(wanted.text)"
        )
    }
}
