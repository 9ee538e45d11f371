import CRDs
import JSON
import KubernetesAPI

/// What shows of a named operation beside KubeDB's word that it was successful.
struct KubeDBCustomEvidence {
    private let state: KubeDBOperationState
    private let kind: KubeDBCustomKind
    private let parameters: [String: String]
    private let database: KubeDBDatabase

    init(
        _ state: KubeDBOperationState,
        _ kind: KubeDBCustomKind,
        _ parameters: [String: String],
        _ database: KubeDBDatabase
    ) {
        self.state = state
        self.kind = kind
        self.parameters = parameters
        self.database = database
    }

    /// What the database's object does not say yet, or does not have.
    var lacking: String? {
        switch kind {
        case .rotateAuth:
            guard let secret = given else { return nil }
            return lack("authSecret.name", secret, database.spec.at("authSecret", "name")?.string)
        case .replaceSentinel:
            let namespace = parameters["namespace"] ?? database.metadata.namespace
            let wanted = ObjectKey(namespace: namespace, name: parameters["name"] ?? "")
            return lack("sentinelRef", "\(wanted)", database.sentinel.map { "\($0)" })
        case .replicationMode:
            let mode = database.spec.at("topology", "group", "mode")?.string
            return lack("topology.group.mode", parameters["mode"] ?? "", mode)
        case .rotateCertificates: return certificates.lacking
        case .migrateStorage, .reconnectStandbys, .reprovision: return nil
        }
    }

    private func lack(_ field: String, _ wanted: String, _ live: String?) -> String? {
        guard live != wanted else { return nil }
        return "spec.\(field) of \(state.engine.kind) \(state.name) to be \(wanted); it is \(live ?? "nothing")"
    }

    /// The Secret that the password shall be taken from; nil when KubeDB makes one.
    private var given: String? { parameters["secret"].flatMap { $0.isEmpty ? nil : $0 } }

    var effect: KubeDBEffect {
        switch kind {
        case .rotateAuth: credentials
        case .migrateStorage: volumes
        case .reconnectStandbys: standbys
        case .reprovision: KubeDBNewPods(state).effect
        case .rotateCertificates: certificates.effect
        case .replaceSentinel, .replicationMode: members(missing: nil, saying: [])
        }
    }

    private func members(missing: String?, saying words: [String]) -> KubeDBEffect {
        let ready = state.pods.count(where: \.isReady)
        return KubeDBEffect(
            done: ready,
            all: state.pods.count,
            missing: missing,
            evidence: words + ["\(ready) of \(state.pods.count) members are ready"]
        )
    }

    private var certificates: KubeDBCertificates { KubeDBCertificates(state, database) }

    // MARK: - Credentials

    private var credentialsKey: ObjectKey {
        let name = database.spec.at("authSecret", "name")?.string ?? ""
        return ObjectKey(
            namespace: database.metadata.namespace,
            name: name.isEmpty ? "\(database.metadata.name)-auth" : name
        )
    }

    /// What must be read to see the effect.
    var needs: [Need] {
        if kind == .rotateCertificates { return certificates.needs }
        let need = Need.secretKeys(credentialsKey)
        guard kind == .rotateAuth, given == nil, state.operation.observed.answers[need] == nil else { return [] }
        return [need]
    }

    /// KubeDB keeps the former password in the Secret beside the new one; from the second rotation on it is always there.
    private var credentials: KubeDBEffect {
        let key = credentialsKey
        if let given {
            return members(missing: nil, saying: ["\(state.engine.kind) \(state.name) has Secret \(given)"] + renewal)
        }
        guard case .keys(let keys)? = state.operation.observed.answers[.secretKeys(key)], keys.contains("password.prev")
        else { return members(missing: "Secret \(key.name) to have the former password too", saying: []) }
        return members(missing: nil, saying: ["Secret \(key.name) has a former password (password.prev)"] + renewal)
    }

    /// What the database's own status tells, which need not be kept for every engine.
    private var renewal: [String] {
        guard let renewed = database.credentialsRenewedAt, let executed = state.operation.executedAt,
            renewed >= executed.wholeSecond
        else { return [] }
        return ["the \(state.engine.kind) says that its credentials are of \(renewed)"]
    }

    // MARK: - Volumes

    private var volumes: KubeDBEffect {
        let storageClass = parameters["storageClass"] ?? ""
        let claims = state.claims(of: database.data.component)
        let done = claims.filter { $0.storageClassName == storageClass }
        let other = claims.first { $0.storageClassName != storageClass }
        return KubeDBEffect(
            done: done.count,
            all: claims.count,
            missing: other.map { "volume \($0.metadata.name) to be of class \(storageClass)" },
            evidence: done.map { "volume \($0.metadata.name) is of class \(storageClass)" }
        )
    }

    // MARK: - Standbys

    private var standbys: KubeDBEffect {
        let members = state.members
        let done = members.filter { $0.isReady && ($0.isPrimary || $0.isStandby) }
        let other = members.first { !$0.isReady || !($0.isPrimary || $0.isStandby) }
        return KubeDBEffect(
            done: done.count,
            all: members.count,
            missing: other.map { pod in
                "\(pod.metadata.name) to be a ready standby" + (pod.hindrance.map { " (\($0))" } ?? "")
            },
            evidence: done.map { "\($0.metadata.name) is a ready \($0.isPrimary ? "primary" : "standby")" }
        )
    }
}

extension Pod {
    /// Whether KubeDB has marked it as a member that follows the primary.
    fileprivate var isStandby: Bool { metadata.labels[KubeDBLabel.role]?.lowercased() == "standby" }
}
