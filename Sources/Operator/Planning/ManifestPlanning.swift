import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Providers

/// Plans manifests that were not applied yet: clusters first, then the requests on them.
struct ManifestPlanning {
    let client: KubernetesClient
    let providers: ProviderFactory
    let now: Timestamp
    /// The BackupStorages among the manifests, which are not stored anywhere.
    private var storages: [Need: NeedAnswer] = [:]
    /// Clusters that what was planned so far makes or changes, as they would be.
    private var clusters: [ObjectKey: (cluster: DatabaseCluster, observed: Observed)] = [:]

    /// How often a provider may ask for more before its answers count as going in circles.
    private static let maximalRounds = 5
    /// Names of things may begin with a cluster's uid, and one that is not there has none yet.
    private static let uidToCome = "assigned-on-creation"

    init(client: KubernetesClient, providers: ProviderFactory, now: Timestamp) {
        self.client = client
        self.providers = providers
        self.now = now
    }

    /// The plan of each cluster and request, in the order in which they would be carried out.
    mutating func plan(_ manifests: [ManifestAdmission.Admitted]) async throws -> [PlannedManifest] {
        for storage in manifests where storage.resource == BackupStorage.resource {
            storages[.object(storage.resource, storage.key)] = .object(storage.after)
        }
        var planned: [PlannedManifest] = []
        for manifest in manifests where manifest.resource == DatabaseCluster.resource {
            planned.append(PlannedManifest(manifest, try await planCluster(manifest)))
        }
        for manifest in manifests where manifest.resource == OpsRequest.resource {
            planned.append(PlannedManifest(manifest, try await planRequest(manifest)))
        }
        return planned
    }

    private mutating func planCluster(_ manifest: ManifestAdmission.Admitted) async throws -> WritePlan {
        var cluster = try decoded(manifest) { value throws(JSONError) in try DatabaseCluster(value) }
        let former = try? manifest.before.map { value throws(JSONError) in try DatabaseCluster(value) }
        if former == nil { cluster.metadata.uid = Self.uidToCome }
        let provider: any Provider
        do {
            provider = try providers.provider(for: cluster.spec)
        } catch {
            return .refused([error])
        }
        var observed = try await PlanWorld(client: client).observed(manifest.key, by: provider, now: now)
        let consequences = try await settled(&observed) { observed in
            ChildPlanning(provider: provider, observed: observed).plan(for: cluster, former: former)
        }
        var plan = WritePlan()
        if consequences.refusals.isEmpty { plan.writes = own(manifest) }
        plan.append(consequences)
        let after = observed.applying(
            consequences.refusals.isEmpty ? provider.desiredObjects(for: cluster, observed) : [],
            by: provider
        )
        clusters[manifest.key] = (cluster, after)
        return plan
    }

    /// The write of the DatabaseCluster itself, which alone disturbs nothing.
    private func own(_ manifest: ManifestAdmission.Admitted) -> [PlannedWrite] {
        let spec = manifest.after["spec"] ?? .object([:])
        let changes: [FieldChange]
        if let before = manifest.before?["spec"] {
            changes = FieldChange.between(before, spec, at: ["spec"])
            if changes.isEmpty { return [] }
        } else {
            changes = FieldChange.leaves(of: spec, at: ["spec"])
        }
        let planned = changes.map { PlannedChange(change: $0, disruption: .none) }
        return [PlannedWrite(manifest.before == nil ? .create : .apply, manifest.resource, manifest.key, planned)]
    }

    /// Each request is planned on what those before it leave behind.
    private mutating func planRequest(_ manifest: ManifestAdmission.Admitted) async throws -> WritePlan {
        let request = try decoded(manifest) { value throws(JSONError) in try OpsRequest(value) }
        let key = ObjectKey(namespace: manifest.key.namespace, name: request.spec.clusterRef)
        guard case (let cluster, var observed)? = try await subject(key) else {
            return .refused([
                Refusal(
                    "ClusterNotFound",
                    "DatabaseCluster \(key.name) does not exist in namespace \(key.namespace), nor among the manifests"
                )
            ])
        }
        let provider: any Provider
        do {
            provider = try providers.provider(for: cluster.spec)
        } catch {
            return .refused([error])
        }
        if observed == nil { observed = try await PlanWorld(client: client).observed(key, by: provider, now: now) }
        guard var world = observed else { return WritePlan() }
        var afterwards: DatabaseCluster?
        var plan = try await settled(&world) { observed in
            let operation = OperationContext(cluster: cluster, request: request, observed: observed)
            let outcome = OperationPlanning(provider: provider, operation: operation).outcome()
            afterwards = outcome.clusterAfterwards
            return outcome.answer
        }
        if plan.refusals.isEmpty, let changed = afterwards {
            clusters[key] = (changed, world.applying(provider.desiredObjects(for: changed, world), by: provider))
        }
        let allowed = provider.operations.allowedPhases(of: request.spec.type)
        if let phase = cluster.status.phase, !allowed.contains(phase), !request.spec.force {
            let words = allowed.map(\.rawValue).sorted().joined(separator: " or ")
            plan.notes.append("it would wait: it starts when the cluster is \(words), and that is \(phase.rawValue)")
        }
        return plan
    }

    private func subject(_ key: ObjectKey) async throws -> (DatabaseCluster, Observed?)? {
        if let planned = clusters[key] { return (planned.cluster, planned.observed) }
        guard let cluster = try await client.get(DatabaseCluster.kind, key) else { return nil }
        return (cluster, nil)
    }

    /// Reads what the provider asks for until it asks no more.
    private func settled(
        _ observed: inout Observed,
        _ ask: (Observed) -> ChildPlanning.Answer
    ) async throws -> WritePlan {
        let reader = NeedReader(client: client)
        for _ in 0..<Self.maximalRounds {
            switch ask(observed) {
            case .plan(let plan): return plan
            case .need(let needs):
                for need in needs {
                    let answer = storages[need]
                    if let answer { observed.answers[need] = answer }
                }
                let others = needs.filter { storages[$0] == nil }
                observed.answers.merge(try await reader.read(others, isFresh: true)) { $1 }
            }
        }
        return .refused([
            Refusal("ProviderDefect", "the provider asked \(Self.maximalRounds) times for more without deciding")
        ])
    }

    private func decoded<Object>(
        _ manifest: ManifestAdmission.Admitted,
        _ decode: (JSONValue) throws(JSONError) -> Object
    ) throws(ManifestDocument.Failure) -> Object {
        do throws(JSONError) {
            return try decode(manifest.after)
        } catch {
            throw manifest.document.failure(error.message, at: error.path)
        }
    }
}

/// What became of one manifest.
struct PlannedManifest {
    let kind: String
    let key: ObjectKey
    let plan: WritePlan

    init(_ manifest: ManifestAdmission.Admitted, _ plan: WritePlan) {
        kind = manifest.resource.kind
        key = manifest.key
        self.plan = plan
    }
}
