import CRDs
import JSON
import KubernetesAPI

/// The named operations that only this provider has; they are documented in docs/providers/kubedb.md.
///
/// Each is a type of KubeDB's requests that none of ours stands for.
struct KubeDBCustom: KubeDBNativeOperation {
    let state: KubeDBOperationState
    private let custom: OpsRequestSpec.Custom
    private let kind: KubeDBCustomKind?

    init(_ state: KubeDBOperationState) {
        self.state = state
        custom = state.operation.request.spec.custom ?? .init(operation: "")
        kind = KubeDBCustomKind(rawValue: custom.operation)
    }

    var isAct: Bool { true }
    var log: String { custom.operation }

    // MARK: - Refusals

    var refusal: Refusal? {
        guard let kind, kind.engines.contains(state.engine.engine) else {
            let names = KubeDBCustomKind.allCases.filter { $0.engines.contains(state.engine.engine) }.map(\.rawValue)
            return Refusal(
                "UnknownOperation",
                "provider kubedb has no operation \(custom.operation) for \(state.engine.kind); it has "
                    + names.joined(separator: ", ")
            )
        }
        let strange = custom.parameters.keys.filter { !kind.parameters.contains($0) }.sorted()
        guard strange.isEmpty else {
            let taken = kind.parameters.isEmpty ? "none" : kind.parameters.joined(separator: ", ")
            return Refusal(
                "UnknownParameter",
                "custom.parameters: \(strange.joined(separator: ", ")) is not known; the operation takes \(taken)"
            )
        }
        if let missing = kind.required.first(where: { custom.parameters[$0]?.isEmpty != false }) {
            return Refusal("ParameterMissing", "custom.parameters.\(missing) must be given for \(custom.operation)")
        }
        return refusal(of: kind)
    }

    private func refusal(of kind: KubeDBCustomKind) -> Refusal? {
        switch kind {
        case .rotateCertificates where step?.isThere != true:
            state.database.flatMap { KubeDBCertificates(state, $0).refusal }
        case .replaceSentinel where state.database?.layout.mode != .sentinel:
            Refusal("NoSentinel", "Redis \(state.name) has no sentinels to be replaced")
        case .migrateStorage:
            refusalOfMigration
        default: nil
        }
    }

    private var refusalOfMigration: Refusal? {
        guard let fixed = state.cluster.spec.storageClassName, fixed != storageClass else { return nil }
        return Refusal(
            "StorageClassFixed",
            "the cluster's spec.storageClassName is \(fixed) and cannot be changed; restore a backup into a cluster with "
                + "class \(storageClass) instead"
        )
    }

    private var storageClass: String { custom.parameters["storageClass"] ?? "" }

    // MARK: - What is written

    var step: KubeDBStep? {
        guard let kind, let database = state.database else { return nil }
        return KubeDBStep(
            state,
            kind.word,
            kind.type,
            kind.blocks(custom.parameters, database),
            isCure: kind.isRepair
        )
    }

    func answer() -> OperationAnswer {
        let answer = answerByRequest()
        guard let database = state.database else { return answer }
        return switch kind {
        case .reprovision: KubeDBNewPods(state).noted(in: answer)
        case .rotateCertificates: KubeDBCertificates(state, database).noted(in: answer)
        default: answer
        }
    }

    // MARK: - Evidence

    private var evidence: KubeDBCustomEvidence? {
        guard let kind, let database = state.database else { return nil }
        return KubeDBCustomEvidence(state, kind, custom.parameters, database)
    }

    /// Before KubeDB is done there is nothing to be seen but what will be another one.
    var needs: [Need] {
        switch step?.fate {
        case .done?: evidence?.needs ?? []
        case .absent? where kind == .rotateCertificates: evidence?.needs ?? []
        default: []
        }
    }

    var lacking: String? { evidence?.lacking }
    var effect: KubeDBEffect {
        evidence?.effect ?? KubeDBEffect(done: 0, all: 1, missing: "the \(state.engine.kind) to be there", evidence: [])
    }
}
