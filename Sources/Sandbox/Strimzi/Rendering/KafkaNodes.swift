import JSON
import KubernetesAPI

/// Builds what each node of a cluster has: its configuration, its certificate, its pod, and the pod sets.
struct KafkaNodes {
    let model: KafkaModel
    let seed: UInt64
    /// The addresses of load balancers, by the name of the service.
    let addresses: [String: String]
    /// The generations of the authorities' certificates, as the annotations of their secrets have them.
    let clusterAuthority: String
    let clientsAuthority: String

    private var secrets: StrimziSecrets { StrimziSecrets(kafka: model.kafka, seed: seed) }

    // MARK: Configuration

    /// The options that a node's server is started with.
    func configuration(of node: KafkaModel.Node) -> [String: String] {
        var options = ["node.id": String(node.id), "process.roles": roles(node).joined(separator: ",")]
        options["min.insync.replicas"] = "1"
        for (name, value) in model.configuration.options { options[name] = value }
        if let type = model.spec.at("authorization", "type")?.string {
            options["authorizer.class.name"] =
                type == "simple"
                ? "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
                : model.spec.at("authorization", "authorizerClass")?.string ?? type
            let users = model.spec.at("authorization", "superUsers")?.array?.compactMap(\.string) ?? []
            options["super.users"] = users.map { "User:\($0)" }.joined(separator: ";")
        }
        guard node.isBroker else { return options }
        if model.blocked.contains(node.id), !KafkaVersions.isLower(model.versions.to, "4.3.0") {
            options["cordoned.log.dirs"] = "*"
        }
        for listener in model.listeners {
            let identifier = "\(listener.listenerName)-\(listener.port)"
            options["listener.name.\(identifier).type"] =
                (listener.isTLS ? "TLS" : "PLAIN") + "/" + (listener.at("authentication", "type")?.string ?? "none")
        }
        return options
    }

    private func roles(_ node: KafkaModel.Node) -> [String] {
        (node.isBroker ? ["broker"] : []) + (node.isController ? ["controller"] : [])
    }

    func configMap(of node: KafkaModel.Node, _ pool: KafkaModel.Pool, clusterID: String) -> JSONValue {
        let lines = configuration(of: node).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": model.metadata(node.pod, of: pool),
            "data": [
                "server.config": .string(lines.joined(separator: "\n")), "cluster.id": .string(clusterID),
                "metadata.version": .string(model.versions.metadata),
            ],
        ]
    }

    /// The options in the text of a node's ConfigMap.
    static func options(in configMap: JSONValue?) -> [String: String] {
        let text = configMap?.at("data", "server.config")?.string ?? ""
        var options: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            options[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        return options
    }

    func certificate(of node: KafkaModel.Node) -> JSONValue {
        secrets.identity(node.pod, node.pod, hash: certificateHash(of: node))
    }

    private func certificateHash(of node: KafkaModel.Node) -> String {
        digest(JSONValue(subjects(of: node) + [clusterAuthority]))
    }

    /// The names and addresses beside the internal ones that a node's certificate is for.
    private func subjects(of node: KafkaModel.Node) -> [String] {
        guard node.isBroker else { return [] }
        return model.listeners.filter(\.hasOwnServices).flatMap { listener -> [String] in
            let podSet = "\(model.name)-\(node.pool)"
            let services = [listener.bootstrapService(of: model.name), listener.brokerService(podSet, node.id)]
            return services.compactMap { addresses[$0] }
                + (listener.at("configuration", "bootstrap", "alternativeNames")?.array?.compactMap(\.string) ?? [])
        }
    }

    // MARK: Pods

    func podSet(of pool: KafkaModel.Pool) -> JSONValue {
        let labels = model.labels(of: pool)
        let nodes = model.nodes.filter { $0.pool == pool.name }
        var annotations: [String: String] = [
            Strimzi.Annotation.version: model.versions.to, Strimzi.Annotation.storage: pool.storage.json.description,
        ]
        if model.kafka.isAnnotated(Strimzi.Annotation.inPlaceResizing) {
            annotations[Strimzi.Annotation.inPlaceResizing] = "true"
        }
        return [
            "apiVersion": "core.strimzi.io/v1", "kind": "StrimziPodSet",
            "metadata": model.metadata(pool.podSet, of: pool, annotations: annotations),
            "spec": [
                "selector": ["matchLabels": JSONValue(labels.selector)],
                "pods": .array(nodes.map { pod($0, pool, labels) }),
            ],
        ]
    }

    private func pod(_ node: KafkaModel.Node, _ pool: KafkaModel.Pool, _ labels: StrimziLabels) -> JSONValue {
        let template = pool.json.at("spec", "template", "pod") ?? model.spec.at("template", "pod") ?? [:]
        let more = template.at("metadata", "labels")?.strings ?? [:]
        let podLabels = labels.adding([
            Strimzi.Label.podName: node.pod, Strimzi.Label.controller: "strimzipodset",
            Strimzi.Label.controllerName: pool.podSet, Strimzi.Label.brokerRole: node.isBroker ? "true" : "false",
            Strimzi.Label.controllerRole: node.isController ? "true" : "false",
            "statefulset.kubernetes.io/pod-name": node.pod,
        ]).adding(more)
        var annotations = template.at("metadata", "annotations")?.strings ?? [:]
        annotations[Strimzi.Annotation.version] = model.versions.to
        annotations[Strimzi.Annotation.clusterAuthorityGeneration] = clusterAuthority
        annotations[Strimzi.Annotation.clusterAuthorityKeyGeneration] = "0"
        annotations[Strimzi.Annotation.clientsAuthorityGeneration] = clientsAuthority
        annotations[Strimzi.Annotation.configurationHash] = digest(.string(hashed(node)))
        annotations[Strimzi.Annotation.certificateHash] = certificateHash(of: node)
        let resources = pool.json.at("spec", "resources")
        var container = KafkaContainer(model: model, pool: pool, node: node).json
        let spec = KafkaPodSpec(model: model, pool: pool, node: node, template: template)
        annotations[Strimzi.Annotation.revision] = digest([
            podLabels.json, JSONValue(annotations), spec.json(container),
        ])
        annotations[Strimzi.Annotation.resourceRevision] = digest(resources ?? .null)
        container["resources"] = resources
        return [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": .string(node.pod), "namespace": .string(model.namespace), "labels": podLabels.json,
                "annotations": JSONValue(annotations),
            ],
            "spec": spec.json(container),
        ]
    }

    /// What of a node's configuration no running server can take: plug-ins' options and advertised addresses.
    private func hashed(_ node: KafkaModel.Node) -> String {
        var parts = model.configuration.unknown
        if node.isBroker {
            parts += model.listeners.map { listener in
                let service =
                    listener.hasOwnServices ? listener.brokerService("\(model.name)-\(node.pool)", node.id) : node.pod
                return "\(listener.listenerName)://\(addresses[service] ?? service):\(listener.port)"
            }
            if model.hasCruiseControl { parts.append("cruise.control.metrics.reporter") }
        }
        return parts.sorted().joined(separator: " ")
    }

    private func digest(_ value: JSONValue) -> String {
        let text = String(stableHash(of: value), radix: 16)
        return String(repeating: "0", count: max(0, 8 - text.count)) + text.prefix(8)
    }
}
