import CRDs
import JSON
import KubernetesAPI

/// Another version: of the same major version a rolling change of images, of a higher one pg_upgrade in a Job.
struct CNPGUpgrade {
    private let operation: OperationContext
    private let state: CNPGOperationState
    private var cluster: DatabaseCluster { operation.cluster }
    private var asked: String { operation.request.spec.upgrade?.version ?? "" }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = CNPGOperationState(operation)
    }

    /// The version that the Cluster's image says; nil while there is none.
    private var running: CNPGVersion? { state.child?.imageName.flatMap { CNPGVersion(image: $0) } }

    private var runningMajor: Int? { state.child?.dataMajor ?? running?.major }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        if cluster.spec.version == asked || state.plan.version.text == asked {
            if cluster.spec.version == asked || cluster.spec.version == nil,
                case .succeeded(let evidence, _) = report()
            {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            if cluster.spec.version == asked {
                return .intents([], log: "version is \(asked) already; waiting for the members")
            }
        }
        return .specChange(
            SpecChange(
                [("version", cluster.spec.version.map(JSONValue.string), .string(asked))],
                log: "version \(state.plan.version.text) → \(asked)"
            )
        )
    }

    /// Data of a new major version cannot be read by the old one.
    ///
    /// Where the spec named no version, what ran is in the status until all members run the new one.
    var irreversible: Refusal? {
        guard let data = state.child?.dataMajor, let before = previousMajor, before < data else { return nil }
        return Refusal(
            "DowngradeRefused",
            "the data is of PostgreSQL \(data) already and there is no way back to \(before); restore a backup into a "
                + "new cluster instead"
        )
    }

    private var previousMajor: Int? {
        let text = operation.request.status.previous?["version"]?.string ?? cluster.status.version
        return text.flatMap { CNPGVersion($0)?.major }
    }
}

// MARK: - Refusals

extension CNPGUpgrade {
    private var refusal: Refusal? {
        if let refusal = state.notRollable { return refusal }
        let known = CNPGVersion.knownMajors
        guard let wanted = CNPGVersion(asked) else {
            return Refusal(
                "InvalidVersion",
                "\(asked) is no PostgreSQL version; write it like 16 or 16.10; \(possible)"
            )
        }
        guard known.contains(wanted.major) else {
            return Refusal("UnknownVersion", "version \(asked) is not known to provider cnpg; \(possible)")
        }
        guard let runningMajor else { return state.absent }
        if wanted.major < runningMajor { return downgrade("PostgreSQL \(runningMajor)") }
        if wanted.major == runningMajor { return refusalOfMinor(wanted) }
        return refusalOfMajor(wanted, from: runningMajor)
    }

    /// What can be asked for instead, as a clause.
    private var possible: String {
        let known = CNPGVersion.knownMajors
        guard let runningMajor else { return "there are \(known.lowerBound) to \(known.upperBound)" }
        let targets = known.filter { $0 > runningMajor && $0 >= CNPGVersion.oldestUpgradeTarget }
        let minor = "a newer minor version of \(runningMajor)"
        guard !targets.isEmpty else { return "from \(running?.text ?? "\(runningMajor)") it can be \(minor)" }
        return "from \(running?.text ?? "\(runningMajor)") it can be \(minor), or "
            + targets.map { "\($0)" }.joined(separator: ", ")
    }

    private func downgrade(_ found: String) -> Refusal {
        Refusal(
            "DowngradeRefused",
            "version \(asked) is older than \(found), which runs; \(possible). To go back restore a backup into a new "
                + "cluster"
        )
    }

    private func refusalOfMinor(_ wanted: CNPGVersion) -> Refusal? {
        guard let running, let before = running.minor, let after = wanted.minor, after < before else { return nil }
        return downgrade(running.text)
    }

    private func refusalOfMajor(_ wanted: CNPGVersion, from running: Int) -> Refusal? {
        if wanted.major < CNPGVersion.oldestUpgradeTarget {
            return Refusal(
                "UpgradePathUnsupported",
                "CloudNativePG does not upgrade PostgreSQL \(running) to \(asked) in place; \(possible)"
            )
        }
        // With the version written the members stop for this very upgrade, though its execution may not be on record.
        if cluster.spec.version != asked, let missing = state.unsettled {
            return Refusal(
                "ClusterNotReady",
                "an upgrade to another major version stops all members and needs all of them in order; waiting for "
                    + missing
            )
        }
        let slotLimit = state.child?.parameters["max_slot_wal_keep_size"] ?? "-1"
        if wanted.major == 17, let minor = wanted.minor, minor <= 5, slotLimit != "-1" {
            return Refusal(
                "UpgradePathUnsupported",
                "pg_upgrade of PostgreSQL 17.0 to 17.5 fails with max_slot_wal_keep_size \(slotLimit); upgrade to 17.6 "
                    + "or newer, or remove the parameter first"
            )
        }
        return refusalOfFamily(wanted)
    }

    /// Across distributions the collations differ, and CloudNativePG does not support it.
    private func refusalOfFamily(_ wanted: CNPGVersion) -> Refusal? {
        let image = wanted.image(state.plan.options)
        guard let now = state.child?.imageName, Self.family(of: now) != Self.family(of: image) else { return nil }
        return Refusal(
            "UpgradePathUnsupported",
            "the members run \(now) and would get \(image): another type or distribution cannot come with another major "
                + "version; set providerOptions.image to what runs"
        )
    }

    /// The tag without its version and digest, such as `-standard-trixie`.
    private static func family(of image: String) -> String {
        let tag = image.prefix { $0 != "@" }.split(separator: "/").last?.split(separator: ":").last ?? ""
        return String(tag.drop { $0.isNumber || $0 == "." })
    }
}

// MARK: - Evidence

extension CNPGUpgrade {
    func report() -> OperationReport {
        guard let wanted = CNPGVersion(asked), let child = state.child else {
            return .running(percent: 0, waitingFor: "the Cluster to be created")
        }
        let image = wanted.image(state.plan.options)
        guard state.plan.version == wanted else {
            return .running(percent: 0, waitingFor: "spec.version to be \(asked); it is \(state.plan.version.text)")
        }
        guard child.imageName == image else {
            return .running(percent: 0, waitingFor: "CloudNativePG to be told of image \(image)")
        }
        if let failure = failedJob { return .failed(failure) }
        let done = state.pods.filter { $0.isReady && $0.database?.image == image }
        let percent = percent(wanted, members: done.count)
        guard child.dataMajor == wanted.major, !child.isUpgradingData else {
            return .running(percent: percent, waitingFor: "the data to be converted to PostgreSQL \(wanted.major)")
        }
        if let pod = state.pods.first(where: { $0.database?.image != image }) {
            let hindrance = pod.hindrance.map { " (\($0))" } ?? ""
            return .running(percent: percent, waitingFor: "member \(pod.metadata.name) to run \(image)\(hindrance)")
        }
        for (field, value) in [("image", child.image), ("pgDataImageInfo.image", child.dataImage)] where value != image
        {
            return .running(percent: percent, waitingFor: "CloudNativePG to report status.\(field) \(image)")
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(evidence: done.map { "\($0.metadata.name) runs \(image) and is ready" }, message: advice)
    }

    /// Whether members are stopped for it: the data was of another major version.
    private var isMajor: Bool { previousMajor.map { $0 != CNPGVersion(asked)?.major } ?? false }

    private var advice: String {
        guard isMajor else { return "\(state.wanted) of \(state.wanted) members run PostgreSQL \(asked)" }
        let backup =
            state.child?.archiveFolder != nil
            ? ", and request a Backup: what was archived before cannot be replayed past the upgrade" : ""
        return
            "the cluster runs PostgreSQL \(asked); run ANALYZE in each database, as statistics were not kept\(backup)"
    }

    /// Of a major upgrade each member that stopped counts, the conversion, and each member that is back.
    private func percent(_ wanted: CNPGVersion, members: Int) -> Int {
        guard isMajor else { return CNPGOperationState.percent(members, of: state.wanted) }
        let isConverted = state.child?.dataMajor == wanted.major
        let done = isConverted ? state.wanted + 1 + members : max(0, state.wanted - state.pods.count)
        return CNPGOperationState.percent(done, of: 2 * state.wanted + 1)
    }

    /// A conversion that has failed shows in its Job alone: the phase stays as if it went on.
    private var failedJob: Refusal? {
        let jobs = operation.observed.bodies(.job, as: Job.self)
        let failed = jobs.first { job in
            guard job.isFailed, job.metadata.name.hasSuffix("-major-upgrade") else { return false }
            guard let created = job.metadata.creationTimestamp, let executed = operation.executedAt else { return true }
            return created >= executed
        }
        guard let failed else { return nil }
        let cause = failed.conditions["Failed"]
        let words = [cause?.reason, cause?.message, lastWords(of: failed)].compactMap(\.self).filter { !$0.isEmpty }
        let before = operation.request.status.previous?["version"]?.string ?? cluster.status.version ?? "what it was"
        let advice =
            operation.request.spec.rollbackPolicy == .onFailure
            ? "" : "; set spec.version back to \(before) to start again"
        return Refusal(
            "MajorUpgradeFailed",
            "Job \(failed.metadata.name) failed: \(words.joined(separator: ", ")). The data is as it was\(advice)"
        )
    }

    private func lastWords(of job: Job) -> String? {
        let pods = operation.observed.bodies(.pod, as: Pod.self).filter { pod in
            pod.metadata.ownerReferences.contains { $0.kind == "Job" && $0.name == job.metadata.name }
        }
        let exits = pods.flatMap(\.containerStatuses).compactMap(\.lastExit).filter { $0.code != 0 }
        return exits.last.map { String($0.message.suffix(1000)) }
    }
}
