import JSON
import KubernetesAPI

/// Builds the spec of a node's pod around its container.
struct KafkaPodSpec {
    let model: KafkaModel
    let pool: KafkaModel.Pool
    let node: KafkaModel.Node
    let template: JSONValue

    func json(_ container: JSONValue) -> JSONValue {
        var spec: JSONValue = [
            "restartPolicy": "Always", "hostname": .string(node.pod), "subdomain": .string(Strimzi.brokers(model.name)),
            "serviceAccountName": .string(model.name + "-kafka"), "automountServiceAccountToken": false,
            "terminationGracePeriodSeconds": template["terminationGracePeriodSeconds"] ?? 30,
            "schedulerName": template["schedulerName"] ?? "default-scheduler",
            "containers": [container], "volumes": .array(volumes),
        ]
        for field in [
            "tolerations", "topologySpreadConstraints", "priorityClassName", "imagePullSecrets", "securityContext",
        ] {
            spec[field] = template[field]
        }
        spec["affinity"] = affinity
        if needsInit { spec["initContainers"] = [initContainer] }
        return spec
    }

    private var needsInit: Bool {
        node.isBroker && (model.isRackAware || model.listeners.contains { $0.listenerType == "nodeport" })
    }

    private var initContainer: JSONValue {
        [
            "name": "kafka-init", "image": model.spec["brokerRackInitImage"] ?? .string(Strimzi.operatorImage),
            "args": ["/opt/strimzi/bin/kafka_init_run.sh"],
            "env": [
                ["name": "NODE_NAME", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]]],
                ["name": "RACK_TOPOLOGY_KEY", "value": model.spec.at("rack", "topologyKey") ?? ""],
            ],
        ]
    }

    /// The template's affinity; a rack adds that the node must have its label.
    private var affinity: JSONValue? {
        let own = template["affinity"]
        guard node.isBroker, model.isRackAware, let key = model.spec.at("rack", "topologyKey") else { return own }
        let expression: JSONValue = ["key": key, "operator": "Exists"]
        let path = own?.at("nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")?.array
        let terms = (path ?? [[:]]).map { term -> JSONValue in
            var term = term
            term["matchExpressions"] = .array((term["matchExpressions"]?.array ?? []) + [expression])
            return term
        }
        let required: JSONValue = [
            "nodeAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": ["nodeSelectorTerms": .array(terms)]]
        ]
        return JSONMergePatch.apply(required, to: own ?? [:])
    }

    private var volumes: [JSONValue] {
        pool.storage.volumes.map { volume -> JSONValue in
            guard volume.isPersistent else {
                var directory: JSONValue = [:]
                directory["sizeLimit"] = volume.json["sizeLimit"]
                return ["name": .string(volume.prefix), "emptyDir": directory]
            }
            return [
                "name": .string(volume.prefix),
                "persistentVolumeClaim": ["claimName": .string("\(volume.prefix)-\(node.pod)")],
            ]
        } + [
            ["name": "strimzi-tmp", "emptyDir": ["medium": "Memory", "sizeLimit": "5Mi"]],
            ["name": "kafka-metrics-and-logging", "configMap": ["name": .string(node.pod)]],
            ["name": "ready-files", "emptyDir": ["medium": "Memory", "sizeLimit": "1Ki"]],
        ]
    }
}

/// Builds the container `kafka`, without its resources.
struct KafkaContainer {
    let model: KafkaModel
    let pool: KafkaModel.Pool
    let node: KafkaModel.Node

    var json: JSONValue {
        let probe: (String) -> JSONValue = { script in
            [
                "exec": ["command": [.string("/opt/kafka/\(script).sh")]], "initialDelaySeconds": 15,
                "timeoutSeconds": 5,
            ]
        }
        return [
            "name": "kafka", "image": model.spec["image"] ?? .string(KafkaVersions.image(of: model.versions.to)),
            "command": ["/opt/kafka/kafka_run.sh"], "env": .array(environment), "ports": .array(ports),
            "volumeMounts": .array(mounts), "livenessProbe": probe("kafka_liveness"),
            "readinessProbe": probe("kafka_readiness"),
        ]
    }

    private var environment: [JSONValue] {
        var values: [(String, String)] = [
            ("STRIMZI_KAFKA_METRICS_ENABLED", model.spec["metricsConfig"] == nil ? "false" : "true")
        ]
        let options = pool.json.at("spec", "jvmOptions") ?? model.spec["jvmOptions"]
        let heap = ["-Xms", "-Xmx"].compactMap { name in options?[name]?.string.map { name + $0 } }
        if heap.contains(where: { $0.hasPrefix("-Xmx") }) {
            values.append(("KAFKA_HEAP_OPTS", heap.joined(separator: " ")))
        } else {
            values.append(("STRIMZI_DYNAMIC_HEAP_PERCENTAGE", "50"))
            values.append(("STRIMZI_DYNAMIC_HEAP_MAX", "5368709120"))
        }
        if model.spec["jmxOptions"] != nil { values.append(("KAFKA_JMX_ENABLED", "true")) }
        let template =
            pool.json.at("spec", "template", "kafkaContainer", "env")
            ?? model.spec.at("template", "kafkaContainer", "env")
        return values.map { ["name": .string($0.0), "value": .string($0.1)] } + (template?.array ?? [])
    }

    private var ports: [JSONValue] {
        var ports: [(String, Int64)] = [("tcp-kafkaagent", 8443)]
        if node.isController { ports.append(("tcp-ctrlplane", 9090)) }
        if node.isBroker {
            ports.append(("tcp-replication", 9091))
            ports += model.listeners.map { ($0.portName, $0.port) }
        }
        if model.spec["metricsConfig"] != nil { ports.append(("tcp-prometheus", 9404)) }
        if model.spec["jmxOptions"] != nil { ports.append(("jmx", 9999)) }
        return ports.map { ["name": .string($0.0), "containerPort": .integer($0.1), "protocol": "TCP"] }
    }

    private var mounts: [JSONValue] {
        pool.storage.volumes.map { volume in
            let directory = volume.prefix == "data" ? "/var/lib/kafka/data" : "/var/lib/kafka/\(volume.prefix)"
            return ["name": .string(volume.prefix), "mountPath": .string(directory)]
        } + [
            ["name": "strimzi-tmp", "mountPath": "/tmp"],
            ["name": "kafka-metrics-and-logging", "mountPath": "/opt/kafka/custom-config/"],
        ]
    }
}
