import CRDs
import JSON
import KubernetesAPI

/// Larger data volumes, by KubeDB's request or, where that is wished for, by patching the claims.
///
/// Who patches the database's object alone gets no larger volume, and a request for that size is refused ever after.
/// Claims that are behind their database for that reason are patched in either case.
struct KubeDBVolumeExpansion: KubeDBNativeOperation {
    let state: KubeDBOperationState
    private let asked: Quantity
    private let claims: [PersistentVolumeClaim]
    private var spec: DatabaseClusterSpec { state.cluster.spec }
    private var part: KubeDBDatabase.Part? { state.database?.data }

    init(_ state: KubeDBOperationState) {
        self.state = state
        asked = state.operation.request.spec.volumeExpansion?.storage ?? state.cluster.spec.storage
        claims = state.database.map { state.claims(of: $0.data.component) } ?? []
    }

    // MARK: - Refusals

    var needs: [Need] {
        guard shrinkage == nil, case .unknown(let needs) = VolumeGrowth(of: claims, state.operation.observed) else {
            return []
        }
        return needs
    }

    var refusal: Refusal? {
        if let shrinkage { return shrinkage }
        guard part?.storage != nil else {
            return Refusal(
                "EphemeralStorage",
                "the members of \(state.engine.kind) \(state.name) keep their data in memory or on their nodes, where "
                    + "there is no volume that could grow"
            )
        }
        if case .refused(let refusal) = VolumeGrowth(of: claims, state.operation.observed) { return refusal }
        return nil
    }

    /// KubeDB itself would take a smaller size, and keep the volumes as they are.
    private var shrinkage: Refusal? {
        let sizes = claims.compactMap(\.capacity) + [part?.storage ?? spec.storage, spec.storage]
        guard let largest = sizes.max(), asked < largest else { return nil }
        return Refusal(
            "StorageCannotShrink",
            "storage is \(largest) now and volumes cannot shrink to \(asked); restore into a smaller cluster instead"
        )
    }

    // MARK: - What is written

    var fields: [SpecChange.Field] {
        asked == spec.storage ? [] : [("storage", spec.storage.json, asked.json)]
    }

    var log: String { "storage \(spec.storage) → \(asked)" }

    var step: KubeDBStep? {
        state.database.map { database in
            KubeDBStep(
                state,
                "volexp",
                "VolumeExpansion",
                ["volumeExpansion": KubeDBBlocks.volumeExpansion(database.data.component, asked)],
                isCure: true
            )
        }
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard needs.isEmpty else { return .need(needs) }
        if let refusal { return .refused(refusal) }
        let isBehind = lacking == nil && claims.contains { ($0.requested ?? asked) < asked }
        guard isPatched || isBehind else { return answerByRequest() }
        if let blocked = state.blocked { return .notYet(blocked) }
        let patches = patches
        guard !patches.isEmpty || !fields.isEmpty else { return answerByRequest() }
        let what = "asked \(claims.count) volumes to grow to \(asked)"
        guard !fields.isEmpty else { return .intents(patches, log: what) }
        return .specChange(SpecChange(fields, log: "\(log), \(what)", intents: patches))
    }

    private var isPatched: Bool { state.options.patchesStorage }

    /// The claims first: a database's object that is ahead of them is what KubeDB cannot mend.
    private var patches: [Intent] {
        let size: JSONValue = ["resources": ["requests": ["storage": asked.json]]]
        var patches = claims.filter { ($0.requested ?? asked) < asked }.map { claim in
            Intent.patch(.persistentVolumeClaim, claim.metadata.key, format: .merge, body: ["spec": size])
        }
        guard lacking != nil, let part, let database = state.database else { return patches }
        var body: JSONValue = [:]
        body.set(asked.json, at: part.component.sizePath)
        patches.append(.patch(state.engine.database, database.metadata.key, format: .merge, body: body))
        return patches
    }

    // MARK: - Evidence

    func report() -> OperationReport {
        guard isPatched || lacking == nil else { return reportOfRequest() }
        let effect = effect
        if let missing = lacking ?? effect.missing ?? state.unsettled {
            return .running(percent: OperationReport.percent(effect.done, of: effect.all), waitingFor: missing)
        }
        return .succeeded(evidence: effect.evidence + ["the \(state.engine.kind) says \(asked)"])
    }

    var lacking: String? {
        guard let stored = part?.storage, stored >= asked else {
            let now = part?.storage.map { "\($0)" } ?? "nothing"
            return "\(state.engine.kind) \(state.name) to say \(asked); it says \(now)"
        }
        return nil
    }

    var effect: KubeDBEffect {
        let wanted = part?.members ?? claims.count
        let done = claims.filter { ($0.capacity ?? Quantity(0)) >= asked }
        var missing: String?
        if claims.count < wanted {
            missing = "\(wanted) data volumes; there are \(claims.count)"
        } else if let claim = claims.first(where: { ($0.capacity ?? Quantity(0)) < asked }) {
            let needsRestart = claim.conditions.isTrue("FileSystemResizePending")
            let hint = needsRestart ? " (the driver waits for a restart of its pod: request Restart)" : ""
            let size = claim.capacity.map { "\($0)" } ?? "unknown"
            missing = "volume \(claim.metadata.name) to grow to \(asked); it has \(size)\(hint)"
        }
        return KubeDBEffect(
            done: done.count,
            all: max(wanted, claims.count),
            missing: missing,
            evidence: done.map { "volume \($0.metadata.name) has \($0.capacity ?? asked)" }
        )
    }
}
