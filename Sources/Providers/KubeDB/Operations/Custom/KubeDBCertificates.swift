import CRDs
import JSON
import KubernetesAPI

/// Whether every certificate of a database is another one than before KubeDB was asked, and its pods run with that.
///
/// Which there were is noted before: one that is issued within the second of another differs by nothing else.
struct KubeDBCertificates {
    private let state: KubeDBOperationState
    private let database: KubeDBDatabase

    init(_ state: KubeDBOperationState, _ database: KubeDBDatabase) {
        self.state = state
        self.database = database
    }

    // MARK: - Where they are

    /// The Secrets that may hold one; those of them that do are told by reading.
    private var secrets: [ObjectKey] {
        guard let tls = database.spec["tls"] else { return [] }
        let listed = (tls["certificates"]?.array ?? []).flatMap { certificate in
            let alias = certificate["alias"]?.string ?? ""
            guard let named = certificate["secretName"]?.string, !named.isEmpty else { return usualNames(alias) }
            return [named]
        }
        // KubeDB's webhook lists them all, where there is one.
        let names = listed.isEmpty ? ["server", "client"].flatMap(usualNames) : listed
        return Set(names).sorted().map { ObjectKey(namespace: database.metadata.namespace, name: $0) }
    }

    /// MongoDB's servers have one for each of their sets where there are several (`CertificateName` of its helpers).
    private func usualNames(_ alias: String) -> [String] {
        guard state.engine.engine == .mongodb, alias == "server" else { return ["\(state.name)-\(alias)-cert"] }
        return Set(
            state.pods.compactMap { pod in pod.metadata.name.lastIndex(of: "-").map { pod.metadata.name[..<$0] } }
        )
        .map { "\($0)-\(alias)-cert" }
    }

    /// What must be read to see them.
    var needs: [Need] {
        secrets.map(Need.certificate).filter { state.operation.observed.answers[$0] == nil }
    }

    /// As they are now, by the name of their Secret.
    private var fingerprints: [(name: String, text: String)] {
        secrets.compactMap { key in
            guard case .fingerprint(let text)? = state.operation.observed.answers[.certificate(key)] else { return nil }
            return (key.name, text)
        }
    }

    // MARK: - What is refused, and what is noted

    /// Asked before KubeDB is.
    var refusal: Refusal? {
        guard database.spec.at("tls", "issuerRef") != nil else {
            return Refusal(
                "NoCertificates",
                "\(state.engine.kind) \(state.name) has no certificates from an issuer, so there is nothing to rotate"
            )
        }
        guard fingerprints.isEmpty else { return nil }
        let names = secrets.map(\.name).joined(separator: ", ")
        return Refusal(
            "NoCertificates",
            "no certificate (tls.crt) is in the Secrets of \(state.engine.kind) \(state.name) (\(names)); see whether "
                + "cert-manager can issue them"
        )
    }

    /// The answer with a note of what there is before its writes.
    func noted(in answer: OperationAnswer) -> OperationAnswer {
        let facts = JSONObject(fingerprints.map { ($0.name, .string($0.text)) })
        return KubeDBNewPods(state).noted(in: answer, with: ["certificates": .object(facts)])
    }

    // MARK: - Evidence

    /// The certificate that is not another one yet; nil when each is, or nothing was noted.
    var lacking: String? {
        let now = Dictionary(fingerprints.map { ($0.name, $0.text) }) { $1 }
        let old = state.record?["certificates"]?.object?.first {
            now[$0.name] == nil || now[$0.name] == $0.value.string
        }
        return old.map { "Secret \($0.name) to have another certificate" }
    }

    /// KubeDB restarts a database for its certificates, which servers read when they start; of Redis, whose servers can be
    /// told to, its manual does not say so (`reconfigure-tls/overview.md` of each engine).
    var effect: KubeDBEffect {
        let pods = KubeDBNewPods(state).effect
        guard let record = state.record else { return pods }
        let ready = state.pods.filter(\.isReady).map { "\($0.metadata.name) is ready" }
        let isRestarted = state.engine.engine != .redis
        let words = (record["certificates"]?.object ?? [:]).map {
            "Secret \($0.name) has another certificate than before"
        }
        return KubeDBEffect(
            done: isRestarted ? pods.done : ready.count,
            all: pods.all,
            missing: isRestarted ? pods.missing : nil,
            evidence: words + (isRestarted ? pods.evidence : ready)
        )
    }
}
