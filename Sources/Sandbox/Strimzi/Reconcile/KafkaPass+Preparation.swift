import JSON
import KubernetesAPI

/// What comes before anything is done to nodes: the first status, the authorities, the model, and pods given up by hand.
extension KafkaPass {
    mutating func prepare() throws(StrimziFailure) -> Step {
        if kafka["status"] == nil {
            count(.clusterCreations)
            let creating = KafkaStatus.condition("NotReady", "Creating", "Kafka cluster is being deployed", now)
            act(.patchStatus(reference, ["conditions": [creating]]))
        }
        try PoolRules.checkLabels(kafka)
        try makeAuthorities()
        let versions = try KafkaVersionChange(kafka: kafka, pods: Array(view.pods.values))
        let model = try KafkaModel(
            kafka: kafka,
            pools: run.pools,
            versions: versions,
            formerStorage: view.storage,
            inUse: inUse
        )
        run.model = model
        run.warnings = model.warnings
        run.clusterID = clusterID
        if !model.blocked.isEmpty { needsTick = true }
        return .goOn
    }

    /// The id of the Kafka cluster: what the statuses say, of the Kafka or of a pool that outlived another one.
    private var clusterID: String {
        let known = [kafka] + run.pools
        return known.lazy.compactMap { $0.at("status", "clusterId")?.string }.first
            ?? SeededText(seed: delays.seed).letters(22, for: kafka.objectUID + " cluster id")
    }

    /// The brokers that hold replicas of partitions.
    var inUse: Set<Int> {
        Set(
            view.others.lazy.filter { place, object in
                place.resource == .configMap && object.annotation(Strimzi.Annotation.holdsReplicas) != nil
            }.compactMap { place, _ in place.key.name.nodeID }
        )
    }

    private mutating func makeAuthorities() throws(StrimziFailure) {
        let places = view.others
        let namespace = run.namespace
        func existing(_ name: String) -> JSONValue? { places[ObjectReference(.secret, namespace, name)] }
        let secrets = StrimziSecrets(kafka: kafka, seed: delays.seed)
        for secret in try secrets.authorities(existing) {
            guard let former = existing(secret.objectName) else {
                act(.create(.secret, secret))
                continue
            }
            let owners = secret.at("metadata", "ownerReferences") ?? .null
            if (former.at("metadata", "ownerReferences") ?? .null) != owners {
                act(.patch(reference(.secret, secret.objectName), ["metadata": ["ownerReferences": owners]]))
            }
            let generation = secret.annotation(StrimziSecrets.certificateGeneration)
            guard former.annotation(StrimziSecrets.certificateGeneration) != generation else { continue }
            count(.credentialRenewals)
            let annotations: JSONValue = [
                StrimziSecrets.certificateGeneration: generation.map(JSONValue.string) ?? .null,
                Strimzi.Annotation.forceRenew: .null,
            ]
            act(
                .patch(
                    reference(.secret, secret.objectName),
                    ["metadata": ["annotations": annotations], "data": secret["data"] ?? [:]]
                )
            )
        }
    }

    /// A pod whose user gave it up loses its volumes too, one in a reconciliation and without any question.
    mutating func cleanPods() throws(StrimziFailure) -> Step {
        guard let cleaning = run.cleaning else {
            let annotated = view.pods.sorted { $0.key < $1.key }.first {
                $0.value.isAnnotated(Strimzi.Annotation.deletePodAndClaim)
            }
            guard let (name, pod) = annotated, let podSet = pod.label(Strimzi.Label.controllerName) else {
                return .goOn
            }
            let claims = view.claims.keys.filter { $0.hasSuffix(name) }.sorted()
            run.cleaning = (name, claims)
            count(.rebuilds)
            if let existing = view.podSets[podSet] {
                let kept = existing.at("spec", "pods")?.array?.filter { $0.objectName != name } ?? []
                act(.patch(reference(.strimziPodSet, podSet), ["spec": ["pods": .array(kept)]]))
            }
            act(.delete(reference(.pod, name)))
            return .wait
        }
        guard view.pods[cleaning.pod] == nil else { return .wait }
        let left = cleaning.claims.filter { view.claims[$0] != nil }
        for claim in left where view.claims[claim]?.isBeingDeleted == false {
            act(.delete(reference(.persistentVolumeClaim, claim)))
        }
        guard left.isEmpty else {
            let isHeld = left.contains { view.claims[$0]?.finalizers.isEmpty == false }
            guard !hasTimedOut("claim", isTroubled: isHeld) else {
                throw .timeout("PersistentVolumeClaim", left[0], in: run.namespace, toBe: "deleted")
            }
            return .wait
        }
        return .goOn
    }
}

extension String {
    /// Of the name of a node's pod: the node's id.
    var nodeID: Int? { split(separator: "-").last.flatMap { Int($0) } }
}
