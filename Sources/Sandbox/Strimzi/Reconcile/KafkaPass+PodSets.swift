import JSON
import KubernetesAPI

/// The nodes' configurations and certificates, and the pod sets that the pods are made from.
extension KafkaPass {
    mutating func makePodSets() throws(StrimziFailure) -> Step {
        let model = try model
        try checkReferences(model)
        let nodes = KafkaNodes(
            model: model,
            seed: delays.seed,
            addresses: run.addresses,
            clusterAuthority: generation("cluster-ca-cert"),
            clientsAuthority: generation("clients-ca-cert")
        )
        makeNodeObjects(nodes, model)
        if let jmx = StrimziSecrets(kafka: kafka, seed: delays.seed).jmx {
            if view.others[reference(.secret, jmx.objectName)] == nil { ensure(.secret, jmx, nil) }
        } else {
            remove(.secret, model.name + "-kafka-jmx")
        }
        makeBudget(model)
        for pool in model.pools { makePodSet(nodes.podSet(of: pool)) }
        let podSets = Set(model.pools.map(\.podSet))
        for (name, podSet) in view.podSets where !podSets.contains(name) && !podSet.isBeingDeleted {
            act(.delete(reference(.strimziPodSet, name)))
        }
        return .goOn
    }

    /// The generation of an authority, which was raised before when its renewal was asked for.
    private func generation(_ authority: String) -> String {
        let secret = view.others[reference(.secret, "\(run.name)-\(authority)")]
        let current = secret?.annotation(StrimziSecrets.certificateGeneration) ?? "0"
        guard secret?.isAnnotated(Strimzi.Annotation.forceRenew) == true, let number = Int(current) else {
            return current
        }
        return String(number + 1)
    }

    private func checkReferences(_ model: KafkaModel) throws(StrimziFailure) {
        if let source = model.spec.at("metricsConfig", "valueFrom", "configMapKeyRef"),
            let name = source["name"]?.string
        {
            guard let configMap = view.others[reference(.configMap, name)] else {
                throw .invalidConfiguration("ConfigMap \(name) does not exist")
            }
            let key = source["key"]?.string ?? ""
            guard configMap.at("data")?[key] != nil else {
                throw .invalidConfiguration("ConfigMap \(name) does not contain specified key \(key)")
            }
        }
        guard model.spec.at("logging", "type")?.string == "external",
            let source = model.spec.at("logging", "valueFrom", "configMapKeyRef"), let name = source["name"]?.string
        else { return }
        let key = source["key"]?.string ?? ""
        guard view.others[reference(.configMap, name)]?.at("data")?[key] == nil else { return }
        throw .invalidConfiguration(
            "ConfigMap \(name) with external logging configuration does not exist or doesn't contain the configuration "
                + "under the \(key) key."
        )
    }

    private mutating func makeNodeObjects(_ nodes: KafkaNodes, _ model: KafkaModel) {
        var changes = false
        for node in model.nodes {
            guard let pool = model.pools.first(where: { $0.name == node.pool }) else { continue }
            run.configurations[node.pod] = nodes.configuration(of: node)
            let former = view.others[reference(.configMap, node.pod)]
            let configMap = nodes.configMap(of: node, pool, clusterID: run.clusterID)
            ensure(.configMap, configMap, former)
            if let former, KafkaNodes.options(in: former) != nodes.configuration(of: node) { changes = true }
            makeCertificate(nodes.certificate(of: node))
        }
        // A cordon is a change of the configuration that nobody has asked for.
        if changes, model.blocked.isEmpty { count(.reconfigurations) }
        let pods = Set(model.nodes.map(\.pod))
        for (place, object) in view.others
        where [.configMap, .secret].contains(place.resource) && !pods.contains(place.key.name) && !object.isBeingDeleted
            && isOfNode(place.key.name, model) && object.label(Strimzi.Label.kind) == "Kafka"
        { act(.delete(place)) }
    }

    /// Whether a name is that of a node's pod, whatever its pool.
    private func isOfNode(_ name: String, _ model: KafkaModel) -> Bool {
        guard let id = name.nodeID else { return false }
        return view.podSets.keys.contains { name == "\($0)-\(id)" }
    }

    private mutating func makeCertificate(_ wanted: JSONValue) {
        let place = reference(.secret, wanted.objectName)
        guard let existing = view.others[place] else { return act(.create(.secret, wanted)) }
        let hash = Strimzi.Annotation.certificateHash
        guard existing.annotation(hash) != wanted.annotation(hash) else { return }
        let annotations = wanted.at("metadata", "annotations") ?? [:]
        act(.patch(place, ["metadata": ["annotations": annotations], "data": wanted["data"] ?? [:]]))
    }

    private mutating func makeBudget(_ model: KafkaModel) {
        let template = model.spec.at("template", "podDisruptionBudget")
        let unavailable = Int(template?["maxUnavailable"]?.integer ?? 1)
        let budget: JSONValue = [
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": model.metadata(model.name + "-kafka", model.labels),
            "spec": [
                "minAvailable": JSONValue(max(0, model.nodes.count - unavailable)),
                "selector": ["matchLabels": JSONValue(model.labels.selector)],
            ],
        ]
        ensure(.podDisruptionBudget, budget, view.others[reference(.podDisruptionBudget, model.name + "-kafka")])
    }

    /// Pod sets are replaced as a whole: annotations that others put there are lost.
    private mutating func makePodSet(_ wanted: JSONValue) {
        for pod in wanted.at("spec", "pods")?.array ?? [] { run.desiredPods[pod.objectName] = pod }
        guard let existing = view.podSets[wanted.objectName] else { return act(.create(.strimziPodSet, wanted)) }
        countChanges(existing, wanted)
        var annotations = wanted.at("metadata", "annotations") ?? [:]
        for field in existing.at("metadata", "annotations")?.object ?? [:] where annotations[field.name] == nil {
            annotations[field.name] = .null
        }
        var metadata = wanted["metadata"] ?? [:]
        metadata["annotations"] = annotations
        var replacement = wanted
        replacement["metadata"] = metadata
        ensure(.strimziPodSet, replacement, existing)
    }

    private mutating func countChanges(_ existing: JSONValue, _ wanted: JSONValue) {
        func pods(_ podSet: JSONValue) -> Int { podSet.at("spec", "pods")?.array?.count ?? 0 }
        let isCleaned = run.cleaning.map { $0.pod.hasPrefix(existing.objectName + "-") } ?? false
        if pods(wanted) > pods(existing), !isCleaned, !decision.counted.contains(.scalings) { count(.scalings) }
        guard let former = existing.annotation(Strimzi.Annotation.version),
            let version = wanted.annotation(Strimzi.Annotation.version), former != version
        else { return }
        let upgrade: StandInCounters.Count =
            former.prefix { $0 != "." } == version.prefix { $0 != "." } ? .minorUpgrades : .majorUpgrades
        if !decision.counted.contains(upgrade) { count(upgrade) }
    }

    /// Waits for pods to be ready.
    mutating func awaitPods(_ names: [String]) throws(StrimziFailure) -> Step {
        guard let unready = names.first(where: { view.pods[$0]?.isPodReady != true }) else { return .goOn }
        guard !hasTimedOut("pods", isTroubled: view.pods[unready]?.isTroubled ?? (unready.utf8.count > 63)) else {
            throw .timeout("Pods", unready, in: run.namespace, toBe: "ready")
        }
        return .wait
    }
}
