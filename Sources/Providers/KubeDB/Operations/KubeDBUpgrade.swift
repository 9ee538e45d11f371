import CRDs
import JSON
import KubernetesAPI

/// Another version, by the name of an object of KubeDB's catalogue.
struct KubeDBUpgrade: KubeDBNativeOperation {
    let state: KubeDBOperationState
    private let asked: String
    private let catalogue: KubeDBCatalogue?

    init(_ state: KubeDBOperationState) {
        self.state = state
        asked = state.operation.request.spec.upgrade?.version ?? ""
        catalogue = KubeDBCatalogue(state.engine, state.operation.observed)
    }

    var needs: [Need] { catalogue == nil ? [KubeDBCatalogue.need(of: state.engine)] : [] }

    private var target: KubeDBVersion? { catalogue?.resolve(asked) }
    /// Nil when the catalogue has it no more.
    private var running: KubeDBVersion? { state.database?.version.flatMap { catalogue?[$0] } }
    private var spec: DatabaseClusterSpec { state.cluster.spec }

    // MARK: - Refusals

    var refusal: Refusal? {
        guard let catalogue, let database = state.database else { return state.absent }
        guard let target else {
            return Refusal(
                "UnknownVersion",
                "version \(asked) is not in KubeDB's catalogue (\(state.engine.catalogue.kind)); \(possible(catalogue))."
            )
        }
        guard target.name != database.version else { return nil }
        if state.engine.engine == .elasticsearch, !target.isCurrent {
            return Refusal(
                "DeprecatedVersion",
                "KubeDB takes no version that its catalogue calls deprecated, as \(target.name); \(possible(catalogue))."
            )
        }
        if database.layout.mode == .semiSync || database.layout.mode == .remoteReplica {
            return Refusal(
                "UpgradePathUnsupported",
                "KubeDB upgrades no MySQL in topology \(database.layout.mode.rawValue); restore a backup into a new "
                    + "cluster of version \(asked)"
            )
        }
        // Without its object nothing is known of the version that runs but its name.
        guard let running else { return nil }
        if KubeDBVersion.precedes(target.version, running.version) {
            return Refusal(
                "DowngradeRefused",
                "version \(target.name) is older than \(running.name), which runs; \(possible(catalogue)). To go back "
                    + "restore a backup into a new cluster"
            )
        }
        if let text = path.unreadable(of: running) {
            return Refusal(
                "UpgradePathUnknown",
                "updateConstraints of \(state.engine.catalogue.kind) \(running.name) have \"\(text)\", which is no range "
                    + "of versions, and KubeDB upgrades nothing from a version whose constraints it cannot read; "
                    + "correct it in the catalogue"
            )
        }
        guard path.allows(target, from: running) else {
            return Refusal(
                "UpgradePathUnsupported",
                "KubeDB does not upgrade \(running.name) to \(target.name); \(possible(catalogue))."
            )
        }
        return nil
    }

    private var path: KubeDBUpgradePath { KubeDBUpgradePath(state.engine) }

    /// What can be asked for instead, as a clause.
    private func possible(_ catalogue: KubeDBCatalogue) -> String {
        guard let running else { return "it has \(catalogue.names)" }
        let targets = catalogue.versions.filter { version in
            version.isCurrent && version.name != running.name
                && !KubeDBVersion.precedes(version.version, running.version) && path.allows(version, from: running)
        }
        guard !targets.isEmpty else { return "from \(running.name) there is none" }
        return "from \(running.name) it can be \(targets.map(\.name).joined(separator: ", "))"
    }

    // MARK: - What is written

    var fields: [SpecChange.Field] {
        spec.version == asked ? [] : [("version", spec.version.map(JSONValue.string), .string(asked))]
    }

    var log: String { "version \(spec.version ?? state.database?.version ?? "default") → \(asked)" }

    var step: KubeDBStep? {
        guard state.database != nil, let target else { return nil }
        return KubeDBStep(state, "upgrade", "UpdateVersion", ["updateVersion": ["targetVersion": .string(target.name)]])
    }

    /// Whether KubeDB has taken it up: members may run the new version, and have written data that the old one cannot
    /// read.
    var isBegun: Bool {
        state.requests.contains { request in
            switch request.phase {
            case .progressing, .successful, .failed: true
            default: false
            }
        }
    }

    // MARK: - Evidence

    var lacking: String? {
        guard let database = state.database, let target else { return "the \(state.engine.kind) to be there" }
        guard database.version != target.name else { return nil }
        return
            "\(state.engine.kind) \(state.name) to be of version \(target.name); it is \(database.version ?? "of none")"
    }

    var effect: KubeDBEffect {
        let members = members
        guard let image = target?.image else {
            return KubeDBEffect(
                done: 0,
                all: members.count,
                missing: nil,
                evidence: ["the \(state.engine.kind) is of version \(target?.name ?? asked)"]
            )
        }
        func runs(_ pod: Pod) -> Bool { pod.database(state.engine)?.image.isSameImage(as: image) == true }
        let done = members.filter { $0.isReady && runs($0) }
        let other = members.first { !runs($0) }
        return KubeDBEffect(
            done: done.count,
            all: members.count,
            missing: other.map { pod in
                "member \(pod.metadata.name) to run \(image)" + (pod.hindrance.map { " (\($0))" } ?? "")
            },
            evidence: done.map { "\($0.metadata.name) runs \(image) and is ready" }
        )
    }

    /// Those that the database itself runs in; proxies have images of their own.
    private var members: [Pod] { state.pods.filter { $0.database(state.engine) != nil } }
}

extension String {
    /// Whether it names the same image; one of the two may have a digest behind its tag.
    fileprivate func isSameImage(as other: String) -> Bool {
        self == other || hasPrefix("\(other)@") || other.hasPrefix("\(self)@")
    }
}
