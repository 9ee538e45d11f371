import JSON
import KubernetesAPI

/// Reconciliations of Kafkas, one after the other for each, and their pod sets.
extension StrimziReconciler {
    mutating func kafka(_ key: ObjectKey, _ now: Timestamp) async -> Timestamp? {
        guard let kafka = await api.get(.kafka, key) else {
            memories[key] = nil
            let binding = ObjectReference(.clusterRoleBinding, "", "strimzi-\(key.namespace)-\(key.name)-kafka-init")
            if await api.get(binding.resource, binding.key) != nil { _ = await api.perform(.delete(binding)) }
            return nil
        }
        if memories[key]?.run == nil {
            guard let wait = await begin(kafka, key, now) else { return await advance(key, now) }
            return wait.time
        }
        return await advance(key, now)
    }

    /// Begins a reconciliation when there is a reason; otherwise nothing, or the time at which there will be one.
    private mutating func begin(
        _ kafka: JSONValue,
        _ key: ObjectKey,
        _ now: Timestamp
    ) async -> (time: Timestamp?, Void)? {
        var memory = memories[key] ?? KafkaMemory()
        defer { memories[key] = memory }
        if memory.isDirty, memory.tick == nil { memory.tick = tick(after: now) }
        let isDue = memory.tick.map { $0 <= now } ?? false
        guard memory.isTriggered || isDue else { return (memory.tick, ()) }
        var pools: [JSONValue] = []
        for name in children.names(.kafkaNodePool, of: key).sorted() {
            let pool = await api.get(.kafkaNodePool, ObjectKey(namespace: key.namespace, name: name))
            if let pool { pools.append(pool) }
        }
        let mark = Self.mark(kafka, pools)
        memory.isTriggered = false
        guard isDue || memory.settled != mark else { return (memory.tick, ()) }
        if isDue {
            memory.tick = nil
            memory.isDirty = false
        }
        if kafka.isAnnotated(Strimzi.Annotation.pause) {
            memory.settled = mark
            await pause(kafka, now)
            return (nil, ())
        }
        memory.run = KafkaRun(kafka: kafka, pools: pools)
        return nil
    }

    /// What of a Kafka and its pools the operator looks at.
    private static func mark(_ kafka: JSONValue, _ pools: [JSONValue]) -> JSONValue {
        .array(
            ([kafka] + pools).map { object in
                [
                    .string(object.objectUID), object.at("metadata", "generation") ?? .null,
                    object.at("metadata", "labels") ?? .null, object.at("metadata", "annotations") ?? .null,
                    object["status"] ?? .null,
                ]
            }
        )
    }

    /// A pause leaves little of the status, and everything that runs as it is.
    private func pause(_ kafka: JSONValue, _ now: Timestamp) async {
        let former = kafka["status"]
        var status: JSONValue = [
            "conditions": [KafkaStatus.condition("ReconciliationPaused", nil, nil, now)],
            "observedGeneration": former?["observedGeneration"] ?? 0,
        ]
        status["clusterId"] = former?["clusterId"]
        status["clusterSecurity"] = former?["clusterSecurity"]
        guard let patch = KafkaStatus.patch(from: former, to: status) else { return }
        _ = await api.perform(.patchStatus(ObjectReference(.kafka, kafka.objectKey), patch))
    }

    private mutating func advance(_ key: ObjectKey, _ now: Timestamp) async -> Timestamp? {
        guard var memory = memories[key], let run = memory.run else { return nil }
        var pass = KafkaPass(await view(key, run), run, memory, delays: delays, now: now)
        pass.advance()
        memory = pass.memory
        memory.run = pass.run
        let failure = await write(pass.decision, for: key)
        if !pass.decision.actions.isEmpty { memory.run?.hasWritten = true }
        if let failure {
            memory.run = nil
            memory.settled = nil
            // What the API refuses it refuses again: that is told, and tried again when the timer says so.
            let isRefusal = (400..<500).contains(failure.code) && !failure.isConflict
            if isRefusal { await refuse(pass.run, failure, now) }
            memory.isTriggered = memory.isTriggered || !isRefusal
            memory.tick = tick(after: now)
            memories[key] = memory
            return isRefusal ? memory.tick : retry(now, key)
        }
        guard pass.hasEnded else {
            memories[key] = memory
            return pass.decision.wake
        }
        memory.settled =
            memory.run?.hasWritten == true || pass.needsTick ? nil : Self.mark(pass.run.kafka, pass.run.pools)
        memory.run = nil
        if pass.needsTick || memory.isDirty { memory.tick = tick(after: now) }
        memories[key] = memory
        // What changed meanwhile is looked at next.
        return memory.isTriggered ? now.adding(microseconds: reaction) : memory.tick
    }

    private func refuse(_ run: KafkaRun, _ failure: APIFailure, _ now: Timestamp) async {
        let told = StrimziFailure(
            reason: "KubernetesClientException",
            message: "Failure executing request. Message: \(failure.message)."
        )
        let status = KafkaStatus(run: run, failure: told, now: now).json
        guard let patch = KafkaStatus.patch(from: run.kafka["status"], to: status) else { return }
        _ = await api.perform(.patchStatus(ObjectReference(.kafka, run.kafka.objectKey), patch))
    }

    // MARK: Reading

    private func view(_ key: ObjectKey, _ run: KafkaRun) async -> KafkaView {
        var view = KafkaView()
        view.pods = await named(.pod, key).filter { $0.value.label(Strimzi.Label.kind) == "Kafka" }
        // While pods are waited for, nothing else is looked at.
        let isWaiting = run.stage == .roll || run.stage == .awaitNewPods || run.stage == .awaitPods
        if isWaiting, !run.needsEverything, view.pods.values.contains(where: { !$0.isPodReady }) { return view }
        view.isComplete = true
        view.claims = await named(.persistentVolumeClaim, key)
        view.podSets = await named(.strimziPodSet, key)
        for resource: ResourceType in [
            .secret, .service, .configMap, .deployment, .podDisruptionBudget, .serviceAccount, .kafkaRebalance,
        ] {
            for (name, object) in await named(resource, key) {
                view.others[ObjectReference(resource, key.namespace, name)] = object
            }
        }
        for place in places(key, run) where view.others[place] == nil {
            view.others[place] = await api.get(place.resource, place.key)
        }
        view.storageClasses = await api.list(.storageClass, namespace: nil, labels: [:])
        return view
    }

    func named(_ resource: ResourceType, _ key: ObjectKey) async -> [String: JSONValue] {
        var found: [String: JSONValue] = [:]
        for name in children.names(resource, of: key) {
            found[name] = await api.get(resource, ObjectKey(namespace: key.namespace, name: name))
        }
        return found
    }

    /// Objects without the cluster's label, and those of kinds that are not followed.
    private func places(_ key: ObjectKey, _ run: KafkaRun) -> [ObjectReference] {
        let spec = run.kafka.at("spec", "kafka")
        var places = [
            ObjectReference(.role, key.namespace, key.name + "-kafka"),
            ObjectReference(.roleBinding, key.namespace, key.name + "-kafka-role"),
            ObjectReference(.clusterRoleBinding, "", "strimzi-\(key.namespace)-\(key.name)-kafka-init"),
        ]
        for part in ["metricsConfig", "logging"] {
            guard let name = spec?.at(part, "valueFrom", "configMapKeyRef", "name")?.string else { continue }
            places.append(ObjectReference(.configMap, key.namespace, name))
        }
        for listener in spec?["listeners"]?.array ?? [] {
            guard let name = listener.at("configuration", "brokerCertChainAndKey", "secretName")?.string else {
                continue
            }
            places.append(ObjectReference(.secret, key.namespace, name))
        }
        for mode in run.kafka.at("spec", "cruiseControl", "autoRebalance")?.array ?? [] {
            guard let name = mode.at("template", "name")?.string else { continue }
            places.append(ObjectReference(.kafkaRebalance, key.namespace, name))
        }
        // Authorities' secrets may have been put there by the user, with whatever labels.
        for authority in ["cluster-ca", "cluster-ca-cert", "clients-ca", "clients-ca-cert"] {
            places.append(ObjectReference(.secret, key.namespace, "\(key.name)-\(authority)"))
        }
        return places
    }

    // MARK: Pod sets

    mutating func podSet(_ place: ObjectReference, _ now: Timestamp) async -> Timestamp? {
        guard let podSet = await api.get(.strimziPodSet, place.key) else { return nil }
        let cluster = ObjectKey(
            namespace: place.key.namespace,
            name: podSet.label(Strimzi.Label.cluster) ?? ""
        )
        let pods = await named(.pod, cluster).filter {
            $0.value.label(Strimzi.Label.controllerName) == place.key.name
        }
        var configMaps: [String: JSONValue] = [:]
        for pod in podSet.at("spec", "pods")?.array ?? [] {
            let key = ObjectKey(namespace: cluster.namespace, name: pod.objectName)
            configMaps[pod.objectName] = await api.get(.configMap, key)
        }
        var pass = PodSetPass(
            podSet: podSet,
            pods: pods,
            kafka: await api.get(.kafka, cluster),
            configMaps: configMaps,
            claims: await named(.persistentVolumeClaim, cluster),
            now: now
        )
        pass.run()
        return await carryOut(pass.decision, for: cluster) ? nil : retry(now, place.key)
    }
}
