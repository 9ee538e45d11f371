import JSON
import KubernetesAPI

/// Builds the pods, claims and jobs of a cluster's instances.
struct InstanceObjects {
    let snapshot: ClusterSnapshot
    /// The image the cluster runs now.
    let image: String

    private var spec: JSONValue { snapshot.spec }
    private var cluster: JSONValue { snapshot.cluster }

    /// The pod spec that every instance should have, and that is compared with the annotation of each.
    func podSpec(_ instance: String) -> JSONValue {
        var container: JSONObject = [
            "name": "postgres", "image": .string(image),
            "command": ["/controller/manager", "instance", "run", "--status-port-tls"],
            "env": .array(
                [
                    ["name": "PGDATA", "value": "/var/lib/postgresql/data/pgdata"],
                    ["name": "POD_NAME", "value": .string(instance)],
                    ["name": "NAMESPACE", "value": .string(snapshot.namespace)],
                    ["name": "CLUSTER_NAME", "value": .string(snapshot.name)],
                ] + (spec["env"]?.array ?? [])
            ),
            "ports": [
                ["name": "postgresql", "containerPort": 5432, "protocol": "TCP"],
                ["name": "metrics", "containerPort": 9187, "protocol": "TCP"],
                ["name": "status", "containerPort": 8000, "protocol": "TCP"],
            ],
            "volumeMounts": .array(mounts),
        ]
        container["resources"] = spec["resources"]
        container["imagePullPolicy"] = spec["imagePullPolicy"]
        var pod: JSONObject = [
            "containers": .array([.object(container)] + sidecars),
            "volumes": .array(volumes(instance)),
            "hostname": .string(instance),
            "serviceAccountName": .string(snapshot.name),
            "terminationGracePeriodSeconds": spec["stopDelay"] ?? 1800,
            "restartPolicy": "Always",
            "affinity": affinity,
        ]
        for (name, value) in [
            ("tolerations", spec.at("affinity", "tolerations")),
            ("nodeSelector", spec.at("affinity", "nodeSelector")),
            ("topologySpreadConstraints", spec["topologySpreadConstraints"]),
            ("priorityClassName", spec["priorityClassName"]), ("schedulerName", spec["schedulerName"]),
            ("imagePullSecrets", spec["imagePullSecrets"]),
        ] { pod[name] = value }
        return .object(pod)
    }

    /// A sidecar for the backup plugin, which the plugin injects.
    private var sidecars: [JSONValue] {
        spec.hasBarmanPlugin
            ? [["name": "plugin-barman-cloud", "image": "ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:v0.14.0"]]
            : []
    }

    private var mounts: [JSONValue] {
        var mounts: [JSONValue] = [["name": "pgdata", "mountPath": "/var/lib/postgresql/data"]]
        if spec["walStorage"] != nil { mounts.append(["name": "pg-wal", "mountPath": "/var/lib/postgresql/wal"]) }
        return mounts
    }

    private func volumes(_ instance: String) -> [JSONValue] {
        var volumes: [JSONValue] = [["name": "pgdata", "persistentVolumeClaim": ["claimName": .string(instance)]]]
        if spec["walStorage"] != nil {
            volumes.append(["name": "pg-wal", "persistentVolumeClaim": ["claimName": .string(instance + "-wal")]])
        }
        return volumes
    }

    private var affinity: JSONValue {
        var affinity: JSONObject = [:]
        affinity["nodeAffinity"] = spec.at("affinity", "nodeAffinity")
        guard spec.at("affinity", "enablePodAntiAffinity")?.bool != false else { return .object(affinity) }
        let term: JSONValue = [
            "labelSelector": [
                "matchLabels": [
                    CNPG.Label.cluster: .string(snapshot.name), CNPG.Label.podRole: "instance",
                ]
            ],
            "topologyKey": spec.at("affinity", "topologyKey") ?? "kubernetes.io/hostname",
        ]
        affinity["podAntiAffinity"] =
            spec.at("affinity", "podAntiAffinityType")?.string == "required"
            ? ["requiredDuringSchedulingIgnoredDuringExecution": [term]]
            : ["preferredDuringSchedulingIgnoredDuringExecution": [["weight": 100, "podAffinityTerm": term]]]
        return .object(affinity)
    }

    func pod(_ instance: Instance, role: String, startedWith settings: JSONValue) -> JSONValue {
        let podSpec = podSpec(instance.name)
        var annotations: [String: String] = [
            CNPG.Annotation.podSpec: podSpec.description,
            CNPG.Annotation.serial: String(instance.serial),
            CNPG.Annotation.operatorVersion: CNPG.operatorVersion,
            CNPG.Annotation.startedWith: settings.description,
        ]
        annotations[CNPG.Annotation.restartedAt] = cluster.annotation(CNPG.Annotation.restartedAt)
        annotations[WorkloadMachine.complaintAnnotation] = ServerStart.complaint(about: spec)
        if let failure = passedOn(["pod-start", "image-pull", "schedule"]) {
            annotations[RequestedFailure.annotation] = failure
        }
        var metadata = metadata(
            instance.name,
            labels: [
                CNPG.Label.instance: instance.name, CNPG.Label.podRole: "instance", CNPG.Label.instanceRole: role,
                CNPG.Label.role: role,
            ],
            annotations
        )
        metadata["finalizers"] = [.string(WorkloadMachine.podFinalizer)]
        return ["apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": podSpec]
    }

    /// The claims of a new instance, still to be filled by a job.
    func claims(_ name: String, serial: Int, role: String) -> [JSONValue] {
        var claims = [claim(name, spec["storage"] ?? [:], "PG_DATA", name, serial, role)]
        if let wal = spec["walStorage"] { claims.append(claim(name + "-wal", wal, "PG_WAL", name, serial, role)) }
        for tablespace in spec["tablespaces"]?.array ?? [] {
            let own = tablespace["name"]?.string ?? ""
            claims.append(
                claim("\(name)-tbs-\(own)", tablespace["storage"] ?? [:], "PG_TABLESPACE", name, serial, role)
            )
        }
        return claims
    }

    private func claim(
        _ name: String,
        _ storage: JSONValue,
        _ claimRole: String,
        _ instance: String,
        _ serial: Int,
        _ role: String
    ) -> JSONValue {
        var claimSpec = storage["pvcTemplate"] ?? [:]
        claimSpec["accessModes"] = claimSpec["accessModes"] ?? ["ReadWriteOnce"]
        if let size = storage["size"] { claimSpec["resources"] = ["requests": ["storage": size]] }
        if let storageClass = storage["storageClass"] { claimSpec["storageClassName"] = storageClass }
        var annotations = [
            CNPG.Annotation.serial: String(serial), CNPG.Annotation.claimStatus: "initializing",
            CNPG.Annotation.operatorVersion: CNPG.operatorVersion,
        ]
        if let failure = passedOn(["resize"]) { annotations[RequestedFailure.annotation] = failure }
        let metadata = metadata(
            name,
            labels: [
                CNPG.Label.instance: instance, CNPG.Label.claimRole: claimRole, CNPG.Label.instanceRole: role,
            ],
            annotations
        )
        return ["apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": claimSpec]
    }

    /// A job that works on an instance's volume.
    ///
    /// - Parameter failure: what the job shall do instead of succeeding; nil to succeed unless the user asks otherwise.
    func job(_ instance: String, role: String, failure: String? = nil, backoffLimit: Int = 6) -> JSONValue {
        var annotations = [CNPG.Annotation.operatorVersion: CNPG.operatorVersion]
        if let failure = failure ?? passedOn([role, role == "major-upgrade" ? "upgrade" : "job"]) {
            annotations[RequestedFailure.annotation] = failure
        }
        let labels = [CNPG.Label.instance: instance, CNPG.Label.jobRole: role]
        var container: JSONValue = [
            "name": .string(role), "image": .string(image),
            "command": ["/controller/manager", "instance", .string(role)],
        ]
        container["resources"] = spec["resources"]
        return [
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": metadata("\(instance)-\(role)", labels: labels, annotations),
            "spec": [
                "backoffLimit": JSONValue(backoffLimit),
                "template": [
                    "metadata": ["labels": JSONValue(labels.merging([CNPG.Label.cluster: snapshot.name]) { $1 })],
                    "spec": [
                        "containers": [container], "restartPolicy": "Never",
                        "serviceAccountName": .string(snapshot.name), "volumes": .array(volumes(instance)),
                    ],
                ],
            ],
        ]
    }

    /// The failures asked for on the cluster that concern a child.
    func passedOn(_ words: [String]) -> String? {
        let asked = RequestedFailure.words(on: cluster).intersection(words)
        return asked.isEmpty ? nil : asked.sorted().joined(separator: ",")
    }

    private func metadata(_ name: String, labels: [String: String], _ annotations: [String: String]) -> JSONValue {
        let inherited = spec["inheritedMetadata"]
        let allLabels = (inherited?["labels"]?.strings ?? [:]).merging(labels) { $1 }
            .merging([CNPG.Label.cluster: snapshot.name]) { $1 }
        let allAnnotations = (inherited?["annotations"]?.strings ?? [:]).merging(annotations) { $1 }
        return [
            "name": .string(name), "namespace": .string(snapshot.namespace), "labels": JSONValue(allLabels),
            "annotations": JSONValue(allAnnotations),
            "ownerReferences": [CNPG.controller(cluster, kind: "Cluster")],
        ]
    }
}

extension JSONValue {
    /// In a Cluster's spec: the enabled plugins.
    var enabledPlugins: [JSONValue] { self["plugins"]?.array?.filter { $0["enabled"]?.bool != false } ?? [] }

    var barmanPlugin: JSONValue? { enabledPlugins.first { $0["name"]?.string == CNPG.barmanPlugin } }

    var hasBarmanPlugin: Bool { barmanPlugin != nil }
}
