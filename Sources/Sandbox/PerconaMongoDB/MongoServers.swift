import JSON
import KubernetesAPI

/// Builds the stateful sets of a cluster's members and routers.
struct MongoServers {
    let snapshot: PerconaSnapshot
    /// What members are configured with, by the name of the object that holds it.
    let configurations: [String: String]

    private var spec: JSONValue { snapshot.spec }
    private var name: String { snapshot.name }
    private var version: String { spec["crVersion"]?.string ?? Mongo.operatorVersion }

    /// The kinds of members of a replica set with their stateful sets: data first.
    static func sets(_ replset: MongoReplset, of cluster: String) -> [(set: String, component: String, size: Int)] {
        let base = "\(cluster)-\(replset.name)"
        let components = ["arbiter": "arbiter", "nv": "nonVoting", "hidden": "hidden"]
        return [(base, replset.component, replset.size)]
            + replset.others.sorted { $0.key < $1.key }.map {
                ("\(base)-\($0.key)", components[$0.key] ?? "", $0.value)
            }
    }

    /// The stateful set of one kind of members.
    func set(_ replset: MongoReplset, _ setName: String, _ component: String, _ size: Int) -> JSONValue {
        let fields = ["arbiter": "arbiter", "nonVoting": "nonvoting", "hidden": "hidden"]
        let own = fields[component].flatMap { replset.json[$0] }
        let placement = own ?? replset.json
        let labels = Mongo.labels(name, replset: replset.name, component: component)
        var annotations = placement["annotations"]?.strings ?? [:]
        let configuration = configurations[configurationName(replset, setName, component)] ?? ""
        if !configuration.isEmpty {
            annotations[Percona.Annotation.configurationHash] = String(
                stableHash(of: .string(configuration)),
                radix: 16
            )
        }
        let isArbiter = component == "arbiter"
        var containers = [server(replset, component, placement)]
        if !isArbiter, let agent = backupAgent { containers.append(agent) }
        if !isArbiter, let monitor = monitor { containers.append(monitor) }
        if !isArbiter, spec.at("logCollector", "enabled")?.bool == true { containers += logCollectors }
        containers += placement["sidecars"]?.array ?? []
        var podSpec = podSpec(placement, labels, containers)
        var templates: [JSONValue] = []
        if isArbiter {
            podSpec["volumes"] = [["name": .string(Mongo.claimTemplate), "emptyDir": [:]]]
        } else {
            templates.append(claimTemplate(own?["volumeSpec"] ?? replset.json["volumeSpec"] ?? [:], replset.storage))
        }
        let setSpec: JSONValue = [
            "serviceName": .string("\(name)-\(replset.name)"), "replicas": JSONValue(size),
            "selector": ["matchLabels": JSONValue(labels)],
            "template": [
                "metadata": [
                    "labels": JSONValue((placement["labels"]?.strings ?? [:]).merging(labels) { $1 }),
                    "annotations": JSONValue(annotations),
                ],
                "spec": podSpec,
            ],
            "updateStrategy": updateStrategy, "volumeClaimTemplates": .array(templates),
        ]
        return statefulSet(setName, labels, setSpec, MongodStart.complaint(about: configuration))
    }

    /// The object that holds a configuration: a ConfigMap, or a Secret of that name, which wins.
    func configurationName(_ replset: MongoReplset, _ setName: String, _ component: String) -> String {
        ["nonVoting", "hidden"].contains(component) ? setName : "\(name)-\(replset.name)-mongod"
    }

    /// The stateful set of the routers of a sharded cluster.
    func routers(_ size: Int, configServers: Int) -> JSONValue {
        let mongos = spec.at("sharding", "mongos") ?? [:]
        var labels = Mongo.labels(name)
        labels[Percona.Label.component] = "mongos"
        var annotations = mongos["annotations"]?.strings ?? [:]
        let configuration = configurations[name + "-mongos"] ?? ""
        if !configuration.isEmpty {
            annotations[Percona.Annotation.configurationHash] = String(
                stableHash(of: .string(configuration)),
                radix: 16
            )
        }
        let servers = (0..<configServers).map {
            "\(name)-cfg-\($0).\(name)-cfg.\(snapshot.namespace).svc.cluster.local:27017"
        }
        var container: JSONValue = [
            "name": "mongos", "image": spec["image"] ?? "",
            "args": ["mongos", "--bind_ip_all", "--configdb", .string("cfg/" + servers.joined(separator: ","))],
            "ports": [["name": "mongos", "containerPort": .integer(Mongo.port), "protocol": "TCP"]],
        ]
        container["resources"] = mongos["resources"]
        container["imagePullPolicy"] = spec["imagePullPolicy"] ?? "Always"
        let containers = [container] + (monitor.map { [$0] } ?? []) + (mongos["sidecars"]?.array ?? [])
        let setSpec: JSONValue = [
            "replicas": JSONValue(size), "selector": ["matchLabels": JSONValue(labels)],
            "template": [
                "metadata": [
                    "labels": JSONValue((mongos["labels"]?.strings ?? [:]).merging(labels) { $1 }),
                    "annotations": JSONValue(annotations),
                ],
                "spec": podSpec(mongos, labels, containers),
            ],
            "updateStrategy": updateStrategy,
        ]
        return statefulSet(name + "-mongos", labels, setSpec, MongodStart.complaint(about: configuration))
    }

    private func statefulSet(
        _ setName: String,
        _ labels: [String: String],
        _ setSpec: JSONValue,
        _ complaint: String?
    ) -> JSONValue {
        var annotations = [
            Percona.Annotation.lastConfiguration: String(stableHash(of: setSpec), radix: 16)
        ]
        annotations[WorkloadMachine.complaintAnnotation] = complaint
        annotations[RequestedFailure.annotation] = snapshot.cluster.annotation(RequestedFailure.annotation)
        return [
            "apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": [
                "name": .string(setName), "namespace": .string(snapshot.namespace), "labels": JSONValue(labels),
                "annotations": JSONValue(annotations), "ownerReferences": [Percona.controller(snapshot.cluster)],
            ],
            "spec": setSpec,
        ]
    }

    private var updateStrategy: JSONValue {
        ["SmartUpdate", "OnDelete"].contains(spec["updateStrategy"]?.string ?? "SmartUpdate")
            ? ["type": "OnDelete"] : ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]]
    }
}

extension MongoServers {
    private func server(_ replset: MongoReplset, _ component: String, _ placement: JSONValue) -> JSONValue {
        let names = ["arbiter": "mongod-arbiter", "nonVoting": "mongod-nv", "hidden": "mongod-hidden"]
        var arguments = [
            "--bind_ip_all", "--auth", "--dbpath=/data/db", "--port=27017", "--replSet=\(replset.name)",
            "--storageEngine=wiredTiger", "--relaxPermChecks",
        ]
        if replset.isConfigServer {
            arguments.append("--configsvr")
        } else if spec.at("sharding", "enabled")?.bool == true {
            arguments.append("--shardsvr")
        }
        if let limit = placement.at("resources", "limits", "memory")?.string.flatMap({ Quantity($0) }) {
            let ratio = replset.json.at("storage", "wiredTiger", "engineConfig", "cacheSizeRatio")?.double ?? 0.5
            let gigabytes = max(0.25, ratio * (Double(limit.value) / Double(1 << 30) - 1))
            let hundredths = Int((gigabytes * 100).rounded())
            let fraction = hundredths % 100
            arguments.append(
                "--wiredTigerCacheSizeGB=\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
            )
        }
        var container: JSONValue = [
            "name": .string(names[component] ?? "mongod"), "image": spec["image"] ?? "",
            "args": JSONValue(arguments),
            "ports": [["name": "mongodb", "containerPort": .integer(Mongo.port), "protocol": "TCP"]],
            "env": [
                ["name": "SERVICE_NAME", "value": .string(name)],
                ["name": "NAMESPACE", "value": .string(snapshot.namespace)],
                ["name": "MONGODB_PORT", "value": "27017"],
                ["name": "MONGODB_REPLSET", "value": .string(replset.name)],
            ],
            "volumeMounts": [
                ["name": .string(Mongo.claimTemplate), "mountPath": "/data/db"],
                ["name": "bin", "mountPath": "/opt/percona"],
            ],
        ]
        container["resources"] = placement["resources"]
        container["imagePullPolicy"] = spec["imagePullPolicy"] ?? "Always"
        return container
    }

    private var backupAgent: JSONValue? {
        guard spec.at("backup", "enabled")?.bool == true else { return nil }
        var container: JSONValue = [
            "name": "backup-agent", "image": spec.at("backup", "image") ?? "", "command": ["/opt/percona/pbm-entry.sh"],
            "args": ["pbm-agent-entrypoint"],
        ]
        container["resources"] = spec.at("backup", "resources")
        container["volumeMounts"] = spec.at("backup", "volumeMounts")
        return container
    }

    private var monitor: JSONValue? {
        guard spec.at("pmm", "enabled")?.bool == true else { return nil }
        var container: JSONValue = [
            "name": "pmm-client", "image": spec.at("pmm", "image") ?? "",
            "env": [["name": "PMM_AGENT_SERVER_ADDRESS", "value": spec.at("pmm", "serverHost") ?? ""]],
        ]
        container["resources"] = spec.at("pmm", "resources")
        return container
    }

    private var logCollectors: [JSONValue] {
        ["logs", "logrotate"].map { ["name": .string($0), "image": spec.at("logCollector", "image") ?? ""] }
    }

    private func podSpec(
        _ placement: JSONValue,
        _ labels: [String: String],
        _ containers: [JSONValue]
    ) -> JSONValue {
        var initial: JSONValue = [
            "name": "mongo-init", "image": .string("\(Mongo.initImage):\(version)"), "command": ["/init-entrypoint.sh"],
        ]
        initial["resources"] = placement["resources"]
        var podSpec: JSONValue = [
            "containers": .array(containers), "initContainers": [initial], "restartPolicy": "Always",
            "terminationGracePeriodSeconds": placement["terminationGracePeriodSeconds"] ?? 60,
            "serviceAccountName": placement["serviceAccountName"] ?? "default",
            "volumes": [["name": "bin", "emptyDir": [:]]],
        ]
        podSpec["affinity"] = PerconaPlacement.affinity(placement["affinity"], labels)
        for field in ["nodeSelector", "tolerations", "priorityClassName", "runtimeClassName"] {
            podSpec[field] = placement[field]
        }
        podSpec["topologySpreadConstraints"] = PerconaPlacement.spread(
            placement["topologySpreadConstraints"],
            labels,
            whenUnsatisfiable: "DoNotSchedule"
        )
        podSpec["imagePullSecrets"] = spec["imagePullSecrets"]
        podSpec["schedulerName"] = spec["schedulerName"]
        return podSpec
    }

    private func claimTemplate(_ volume: JSONValue, _ storage: String) -> JSONValue {
        var claimSpec = volume["persistentVolumeClaim"] ?? [:]
        let (labels, annotations) = (claimSpec["labels"], claimSpec["annotations"])
        claimSpec["labels"] = nil
        claimSpec["annotations"] = nil
        if claimSpec["accessModes"]?.array?.isEmpty ?? true { claimSpec["accessModes"] = ["ReadWriteOnce"] }
        claimSpec = JSONMergePatch.apply(["resources": ["requests": ["storage": .string(storage)]]], to: claimSpec)
        var metadata: JSONValue = ["name": .string(Mongo.claimTemplate)]
        metadata["labels"] = labels
        metadata["annotations"] = annotations
        return ["apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": claimSpec]
    }
}
