import JSON
import KubernetesAPI

/// Rebalances, users and topics.
extension StrimziReconciler {
    mutating func rebalance(_ place: ObjectReference, _ now: Timestamp) async -> Timestamp? {
        guard let rebalance = await api.get(.kafkaRebalance, place.key) else {
            return nil
        }
        let cluster = ObjectKey(namespace: place.key.namespace, name: rebalance.label(Strimzi.Label.cluster) ?? "")
        let deployment = ObjectKey(namespace: cluster.namespace, name: Strimzi.cruiseControl(cluster.name))
        var siblings = await named(.kafkaRebalance, cluster)
        siblings[place.key.name] = nil
        var pass = RebalancePass(
            rebalance: rebalance,
            kafka: await api.get(.kafka, cluster),
            cruiseControl: await api.get(.deployment, deployment),
            siblings: Array(siblings.values),
            nodes: await named(.configMap, cluster),
            delays: delays,
            now: now,
            timers: timers
        )
        pass.run()
        timers = pass.timers
        guard await carryOut(pass.decision, for: cluster) else { return retry(now, place.key) }
        return pass.needsTick ? tick(after: now) : nil
    }

    /// The Kafka whose entity operator runs and has that part; nil when nobody serves its users or topics.
    private func served(_ cluster: ObjectKey, by part: String) async -> JSONValue? {
        guard let kafka = await api.get(.kafka, cluster), kafka.at("spec", "entityOperator", part) != nil else {
            return nil
        }
        let key = ObjectKey(namespace: cluster.namespace, name: Strimzi.entityOperator(cluster.name))
        let deployment = await api.get(.deployment, key)
        return (deployment?.at("status", "readyReplicas")?.integer ?? 0) > 0 ? kafka : nil
    }

    mutating func user(_ place: ObjectReference, _ now: Timestamp) async -> Timestamp? {
        guard let user = await api.get(.kafkaUser, place.key), let name = user.label(Strimzi.Label.cluster) else {
            return nil
        }
        let cluster = ObjectKey(namespace: place.key.namespace, name: name)
        guard let kafka = await served(cluster, by: "userOperator") else { return nil }
        func secret(_ name: String) async -> JSONValue? {
            await api.get(.secret, ObjectKey(namespace: place.key.namespace, name: name))
        }
        let source = user.at("spec", "authentication", "password", "valueFrom", "secretKeyRef", "name")?.string
        var wantedPassword: JSONValue?
        if let source { wantedPassword = await secret(source) }
        var pass = UserPass(
            user: user,
            kafka: kafka,
            secret: await secret(UserPass.secretName(of: user, in: kafka)),
            wantedPassword: wantedPassword,
            authority: await secret(name + "-clients-ca-cert"),
            seed: delays.seed,
            now: now
        )
        pass.run()
        guard await carryOut(pass.decision, for: cluster) else { return retry(now, place.key) }
        return source != nil && wantedPassword == nil ? tick(after: now) : nil
    }

    mutating func topic(_ place: ObjectReference, _ now: Timestamp) async -> Timestamp? {
        guard let topic = await api.get(.kafkaTopic, place.key), let name = topic.label(Strimzi.Label.cluster) else {
            return nil
        }
        let cluster = ObjectKey(namespace: place.key.namespace, name: name)
        guard await served(cluster, by: "topicOperator") != nil else { return nil }
        let brokers = await named(.pod, cluster).values.filter {
            $0.label(Strimzi.Label.brokerRole) == "true" && $0.isPodReady
        }
        var pass = TopicPass(topic: topic, brokers: brokers.count, now: now)
        pass.run()
        return await carryOut(pass.decision, for: cluster) ? nil : retry(now, place.key)
    }
}
