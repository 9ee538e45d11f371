import JSON
import KubernetesAPI

/// What a cluster needs before its pods: volumes, accounts, services and their addresses.
extension KafkaPass {
    mutating func makeObjects() throws(StrimziFailure) -> Step {
        let model = try model
        noteNewBrokers(model)
        try makeClaims(model)
        makeAccounts(model)
        scaleDown(model)
        reportPools(model)
        for service in KafkaServices(model: model).all { ensureService(service) }
        let wanted = Set(KafkaServices(model: model).all.map(\.objectName))
        for (place, service) in view.others
        where place.resource == .service && service.label(Strimzi.Label.name) == model.name + "-kafka"
            && !wanted.contains(place.key.name) && !service.isBeingDeleted
        { act(.delete(place)) }
        return .goOn
    }

    // MARK: Volumes

    private mutating func makeClaims(_ model: KafkaModel) throws(StrimziFailure) {
        var grows = false
        for wanted in KafkaClaims(model: model).all {
            guard let claim = view.claims[wanted.objectName] else {
                // A disk keeps the id of the cluster it was first used by, whatever becomes of the cluster.
                var annotations = wanted.at("metadata", "annotations") ?? [:]
                annotations[Strimzi.Annotation.formattedFor] = .string(run.clusterID)
                var formatted = wanted
                formatted["metadata"] = JSONMergePatch.apply(
                    ["annotations": annotations],
                    to: wanted["metadata"] ?? [:]
                )
                ensure(.persistentVolumeClaim, formatted, nil)
                continue
            }
            var kept = wanted
            kept["spec"] = Optional.none
            ensure(.persistentVolumeClaim, kept, claim)
            grows = try grow(claim, wanted) || grows
        }
        if grows { count(.resizes) }
    }

    /// Raises a claim to the size wanted, unless it still grows, waits for its pod, or its class cannot.
    private mutating func grow(_ claim: JSONValue, _ wanted: JSONValue) throws(StrimziFailure) -> Bool {
        guard claim.at("status", "phase")?.string == "Bound" else { return false }
        if claim.conditionStatus("Resizing") == "True" {
            needsTick = true
            return false
        }
        if claim.conditionStatus("FileSystemResizePending") == "True" {
            needsTick = true
            if let pod = view.pods.keys.first(where: claim.objectName.hasSuffix) { run.resizePending.insert(pod) }
            return false
        }
        guard let has = claim.at("spec", "resources", "requests", "storage")?.string,
            let size = wanted.at("spec", "resources", "requests", "storage")?.string,
            try KafkaStorage.millibytes(has) != KafkaStorage.millibytes(size)
        else { return false }
        guard canGrow(claim) else {
            needsTick = true
            return false
        }
        act(
            .patch(
                reference(.persistentVolumeClaim, claim.objectName),
                ["spec": ["resources": ["requests": ["storage": .string(size)]]]]
            )
        )
        return true
    }

    private mutating func canGrow(_ claim: JSONValue) -> Bool {
        let name = claim.objectName
        guard let className = claim.at("spec", "storageClassName")?.string, !className.isEmpty else {
            warn("PvcResizingWarning", "PVC \(name) does not use any Storage Class and cannot be resized.")
            return false
        }
        guard let storageClass = view.storageClasses.first(where: { $0.objectName == className }) else {
            warn(
                "PvcResizingWarning",
                "Storage Class \(className) not found. PVC \(name) cannot be resized."
            )
            return false
        }
        guard storageClass["allowVolumeExpansion"]?.bool == true else {
            warn(
                "PvcResizingWarning",
                "Storage Class \(className) does not support resizing of volumes. PVC \(name) cannot be resized."
            )
            return false
        }
        return true
    }

    // MARK: Accounts

    private mutating func makeAccounts(_ model: KafkaModel) {
        let name = model.name + "-kafka"
        let subject: JSONValue = [
            "kind": "ServiceAccount", "name": .string(name), "namespace": .string(model.namespace),
        ]
        func object(_ resource: ResourceType, _ objectName: String) -> JSONValue {
            [
                "apiVersion": .string(resource.apiVersion), "kind": .string(resource.kind),
                "metadata": model.metadata(objectName, model.labels),
            ]
        }
        var role = object(.role, name)
        role["rules"] = [["apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]]]
        var binding = object(.roleBinding, name + "-role")
        binding["roleRef"] = ["apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": .string(name)]
        binding["subjects"] = [subject]
        for (resource, wanted) in [
            (ResourceType.serviceAccount, object(.serviceAccount, name)), (.role, role), (.roleBinding, binding),
        ] where view.others[reference(resource, wanted.objectName)] == nil { ensure(resource, wanted, nil) }
        let needsNodes = model.isRackAware || model.listeners.contains { $0.listenerType == "nodeport" }
        let clusterBinding = "strimzi-\(model.namespace)-\(model.name)-kafka-init"
        guard needsNodes else { return remove(.clusterRoleBinding, clusterBinding) }
        guard view.others[reference(.clusterRoleBinding, clusterBinding)] == nil else { return }
        var nodeBinding = object(.clusterRoleBinding, clusterBinding)
        nodeBinding["metadata"] = ["name": .string(clusterBinding), "labels": model.labels.json]
        nodeBinding["roleRef"] = [
            "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "strimzi-kafka-broker",
        ]
        nodeBinding["subjects"] = [subject]
        ensure(.clusterRoleBinding, nodeBinding, nil)
    }

    // MARK: Pools

    /// Nodes that are to go leave their pod sets before anything else is changed.
    private mutating func scaleDown(_ model: KafkaModel) {
        let wanted = Set(model.nodes.map(\.pod))
        var shrinks = false
        for (name, podSet) in view.podSets.sorted(by: { $0.key < $1.key }) where !podSet.isBeingDeleted {
            let pods = podSet.at("spec", "pods")?.array ?? []
            let kept = pods.filter { wanted.contains($0.objectName) }
            guard kept.count < pods.count else { continue }
            shrinks = true
            act(.patch(reference(.strimziPodSet, name), ["spec": ["pods": .array(kept)]]))
        }
        if shrinks { count(.scalings) }
    }

    /// The status of a pool is written here, before any pod is changed.
    private mutating func reportPools(_ model: KafkaModel) {
        run.status["kafkaNodePools"] = .array(model.pools.map(\.name).sorted().map { ["name": .string($0)] })
        for pool in model.pools {
            let selector = model.labels(of: pool).selector.sorted { $0.key < $1.key }
            var status: JSONValue = [
                "observedGeneration": pool.json.at("metadata", "generation") ?? 0,
                "clusterId": .string(run.clusterID), "nodeIds": .array(pool.ids.desired.map { JSONValue($0) }),
                "roles": JSONValue(pool.roles.sorted()),
                "replicas": JSONValue(pool.ids.desired.count),
                "labelSelector": .string(selector.map { "\($0.key)=\($0.value)" }.joined(separator: ",")),
            ]
            if !pool.warnings.isEmpty {
                status["conditions"] = .array(
                    pool.warnings.map { KafkaStatus.condition("Warning", $0.reason, $0.message, now) }
                )
            }
            guard let patch = KafkaStatus.patch(from: pool.json["status"], to: status) else { continue }
            act(.patchStatus(reference(.kafkaNodePool, pool.name), patch))
        }
    }

    // MARK: Services

    /// Keeps the ports of nodes that were given to a service.
    private mutating func ensureService(_ wanted: JSONValue) {
        var wanted = wanted
        let existing = view.others[reference(.service, wanted.objectName)]
        if let existing, let ports = wanted.at("spec", "ports")?.array {
            let given = existing.at("spec", "ports")?.array ?? []
            let kept = ports.map { port -> JSONValue in
                guard port["nodePort"] == nil, let former = given.first(where: { $0["name"] == port["name"] }) else {
                    return port
                }
                return JSONMergePatch.apply(port, to: former)
            }
            var spec = wanted["spec"] ?? [:]
            spec["ports"] = .array(kept)
            wanted["spec"] = spec
        }
        ensure(.service, wanted, existing)
    }

    /// Nothing is done to pods before each load balancer has an address and each node port its number.
    mutating func awaitAddresses() throws(StrimziFailure) -> Step {
        let model = try model
        for listener in model.listeners {
            let isBalanced = listener.listenerType == "loadbalancer"
            guard isBalanced || listener.listenerType == "nodeport" else { continue }
            for service in services(of: listener, model) {
                let object = view.others[reference(.service, service)]
                if isBalanced, let ingress = object?.at("status", "loadBalancer", "ingress")?[0],
                    let address = (ingress["hostname"] ?? ingress["ip"])?.string
                {
                    run.addresses[service] = address
                    continue
                }
                if !isBalanced, object?.at("spec", "ports")?[0]?["nodePort"]?.integer != nil { continue }
                let isTroubled =
                    object?.annotation(RequestedFailure.annotation) != nil
                    || object?.at("spec", "loadBalancerClass") != nil
                guard !hasTimedOut("address", isTroubled: isTroubled) else {
                    throw .timeout("Service", service, in: run.namespace, toBe: isBalanced ? "addressable" : "ready")
                }
                return .wait
            }
        }
        return .goOn
    }

    private func services(of listener: JSONValue, _ model: KafkaModel) -> [String] {
        let hasBootstrap = listener.at("configuration", "createBootstrapService")?.bool != false
        return (hasBootstrap ? [listener.bootstrapService(of: model.name)] : [])
            + model.brokers.map { listener.brokerService("\(model.name)-\($0.pool)", $0.id) }
    }
}
