import JSON
import KubernetesAPI

/// Builds the stateful sets of a cluster's servers and proxy.
struct XtraServers {
    let snapshot: PerconaSnapshot
    /// What servers and proxies are configured with, by component.
    let configurations: [String: String]
    /// Annotations that changed passwords bring, by component.
    let restarts: [String: String]

    private var spec: JSONValue { snapshot.spec }
    private var name: String { snapshot.name }

    func set(_ app: XtraApp, existing: JSONValue?) -> JSONValue {
        let labels = Xtra.labels(name, component: app.component)
        // Annotations and labels of the template are only ever added to.
        let former = existing?.at("spec", "template", "metadata")
        var annotations = former?["annotations"]?.strings ?? [:]
        annotations.merge(app.json["annotations"]?.strings ?? [:]) { $1 }
        annotations["kubectl.kubernetes.io/default-container"] = app.component
        let configuration = configurations[app.component] ?? ""
        annotations[Percona.Annotation.configurationHash] =
            configuration.isEmpty ? "" : String(stableHash(of: .string(configuration)), radix: 16)
        if let secret = restarts[app.component] { annotations["last-applied-secret"] = secret }
        var templateLabels = former?["labels"]?.strings ?? [:]
        templateLabels.merge(app.json["labels"]?.strings ?? [:]) { $1 }
        templateLabels.merge(labels) { $1 }
        var setSpec: JSONValue = [
            "serviceName": .string(name + "-" + app.component), "replicas": JSONValue(app.size),
            "selector": ["matchLabels": JSONValue(labels)],
            "template": [
                "metadata": ["labels": JSONValue(templateLabels), "annotations": JSONValue(annotations)],
                "spec": podSpec(app, labels),
            ],
            "updateStrategy": updateStrategy(app),
        ]
        if app.component == "pxc" { setSpec["volumeClaimTemplates"] = [claimTemplate(Xtra.claimTemplate, app)] }
        if app.component == "proxysql" { setSpec["volumeClaimTemplates"] = [claimTemplate("proxydata", app)] }
        var ownAnnotations = [Percona.Annotation.lastConfiguration: String(stableHash(of: setSpec), radix: 16)]
        if app.component == "pxc" {
            ownAnnotations[WorkloadMachine.complaintAnnotation] = MySQLStart.complaint(about: configuration)
        }
        ownAnnotations[RequestedFailure.annotation] = snapshot.cluster.annotation(RequestedFailure.annotation)
        return [
            "apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": [
                "name": .string("\(name)-\(app.component)"), "namespace": .string(snapshot.namespace),
                "labels": JSONValue(labels), "annotations": JSONValue(ownAnnotations),
                "ownerReferences": [Percona.controller(snapshot.cluster)],
            ],
            "spec": setSpec,
        ]
    }

    /// Servers are replaced by the operator; proxies by their stateful set.
    private func updateStrategy(_ app: XtraApp) -> JSONValue {
        let strategy = spec["updateStrategy"]?.string ?? "SmartUpdate"
        let isByOperator = app.component == "pxc" && strategy == "SmartUpdate"
        return isByOperator || strategy == "OnDelete"
            ? ["type": "OnDelete"] : ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]]
    }

    private func podSpec(_ app: XtraApp, _ labels: [String: String]) -> JSONValue {
        let version = spec["crVersion"]?.string ?? Xtra.operatorVersion
        var initial: JSONValue = [
            "name": "pxc-init",
            "image": spec.at("initContainer", "image") ?? .string("\(Xtra.initImage):\(version)"),
            "command": ["/pxc-init-entrypoint.sh"],
        ]
        initial["resources"] = spec.at("initContainer", "resources") ?? app.json["resources"]
        var podSpec: JSONValue = [
            "containers": .array(containers(app) + (app.json["sidecars"]?.array ?? [])), "initContainers": [initial],
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": app.json["gracePeriod"]
                ?? (app.component == "pxc" ? 600 : 30),
            "serviceAccountName": app.json["serviceAccountName"] ?? "default",
            "volumes": [["name": "bin", "emptyDir": [:]]],
        ]
        podSpec["affinity"] = PerconaPlacement.affinity(app.json["affinity"], labels)
        for field in ["nodeSelector", "tolerations", "priorityClassName", "runtimeClassName", "schedulerName"] {
            podSpec[field] = app.json[field]
        }
        podSpec["imagePullSecrets"] = app.json["imagePullSecrets"]
        podSpec["topologySpreadConstraints"] = PerconaPlacement.spread(
            app.json["topologySpreadConstraints"],
            labels,
            whenUnsatisfiable: "ScheduleAnyway"
        )
        return podSpec
    }

    private func containers(_ app: XtraApp) -> [JSONValue] {
        var main: JSONValue = [
            "name": .string(app.component), "image": app.json["image"] ?? "",
            "ports": .array(
                Self.ports[app.component, default: []].map { port in
                    ["name": .string(port.name), "containerPort": .integer(port.number), "protocol": "TCP"]
                }
            ),
            "env": [["name": "PXC_SERVICE", "value": .string(name + "-pxc-unready")]],
        ]
        main["resources"] = app.json["resources"]
        main["imagePullPolicy"] = app.json["imagePullPolicy"] ?? "Always"
        var containers = [main]
        if app.component == "pxc", spec.at("logcollector", "enabled")?.bool == true {
            containers += ["logs", "logrotate"].map {
                ["name": .string($0), "image": spec.at("logcollector", "image") ?? ""]
            }
        }
        if app.component != "pxc" {
            let monitors = app.component == "haproxy" ? ["pxc-monit"] : ["pxc-monit", "proxysql-monit"]
            containers += monitors.map { ["name": .string($0), "image": app.json["image"] ?? ""] }
        }
        if spec.at("pmm", "enabled")?.bool == true {
            var monitor: JSONValue = ["name": "pmm-client", "image": spec.at("pmm", "image") ?? ""]
            monitor["resources"] = spec.at("pmm", "resources")
            containers.append(monitor)
        }
        return containers
    }

    private static let ports: [String: [(name: String, number: Int64)]] = [
        "pxc": [
            ("mysql", 3306), ("sst", 4444), ("write-set", 4567), ("ist", 4568), ("mysql-admin", 33062),
            ("mysqlx", 33060),
        ],
        "haproxy": [
            ("mysql", 3306), ("mysql-replicas", 3307), ("proxy-protocol", 3309), ("mysql-admin", 33062),
            ("mysqlx", 33060),
        ],
        "proxysql": [("mysql", 3306), ("proxyadm", 6032), ("mysql-admin", 33062)],
    ]

    private func claimTemplate(_ template: String, _ app: XtraApp) -> JSONValue {
        var claimSpec = app.json.at("volumeSpec", "persistentVolumeClaim") ?? [:]
        if claimSpec["accessModes"]?.array?.isEmpty ?? true { claimSpec["accessModes"] = ["ReadWriteOnce"] }
        claimSpec = JSONMergePatch.apply(
            ["resources": ["requests": ["storage": .string(app.storage)]]],
            to: claimSpec
        )
        return [
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": ["name": .string(template)],
            "spec": claimSpec,
        ]
    }
}
