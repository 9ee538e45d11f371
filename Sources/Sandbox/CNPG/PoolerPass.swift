import JSON
import KubernetesAPI

/// One look at a Pooler.
struct PoolerPass {
    static let image = "ghcr.io/cloudnative-pg/pgbouncer:1.25.1"

    let pooler: JSONValue
    /// The cluster it names; nil when there is none.
    let cluster: JSONValue?
    /// What exists of the objects it needs.
    let others: [ObjectReference: JSONValue]
    let now: Timestamp
    let delays: Delays
    var decision = ClusterDecision()

    private var spec: JSONValue { pooler["spec"] ?? [:] }
    private var name: String { pooler.objectName }
    private var reference: ObjectReference { ObjectReference(.cnpgPooler, pooler.objectKey) }

    /// The objects it looks at.
    static func places(_ pooler: JSONValue) -> [ObjectReference] {
        let namespace = pooler.objectNamespace
        let types: [ResourceType] = [.deployment, .service, .serviceAccount, .role, .roleBinding]
        let cluster = pooler.at("spec", "cluster", "name")?.string ?? ""
        return types.map { ObjectReference($0, namespace, pooler.objectName) }
            + [ObjectReference(.secret, namespace, cluster + "-pooler")]
    }

    mutating func run() {
        guard !pooler.isBeingDeleted else { return }
        let clusterName = spec.at("cluster", "name")?.string ?? ""
        guard let cluster, !cluster.isBeingDeleted, let primary = cluster.at("status", "currentPrimary")?.string,
            !primary.isEmpty
        else {
            setStatus(["phase": "inactive", "phaseReason": .string("Cluster \(clusterName) is not ready")])
            decision.wake = now.adding(microseconds: delays.microseconds(Delays.Base.retry, for: name))
            return
        }
        for place in Self.places(pooler) { ensure(place, cluster) }
        let deployment = others[ObjectReference(.deployment, pooler.objectNamespace, name)]
        let isPaused = spec.at("pgbouncer", "paused")?.bool == true
        setStatus([
            // Active says that everything was made, not that a replica is ready.
            "phase": isPaused ? "paused" : "active", "phaseReason": .null, "error": .null,
            "instances": deployment?.at("status", "readyReplicas") ?? 0, "image": .string(Self.image),
            "secrets": [
                "clientCA": ["name": .string(clusterName + "-ca")], "serverCA": ["name": .string(clusterName + "-ca")],
                "clientTLS": ["name": .string(clusterName + "-server")],
                "serverTLS": ["name": .string(clusterName + "-server")],
                "pgBouncerSecrets": ["authQuery": ["name": .string(clusterName + "-pooler")]],
            ],
        ])
    }

    private mutating func setStatus(_ status: JSONValue) {
        let current = pooler["status"] ?? [:]
        guard let difference = JSONMergePatch.difference(from: current, to: JSONMergePatch.apply(status, to: current))
        else { return }
        decision.actions.append(.patchStatus(reference, difference))
    }

    private mutating func ensure(_ place: ObjectReference, _ cluster: JSONValue) {
        let wanted = object(place, cluster)
        guard let existing = others[place] else {
            decision.actions.append(.create(place.resource, wanted))
            return
        }
        // Compared by the hash, since the server fills into containers what nobody wants here.
        let hash = CNPG.Annotation.poolerSpecHash
        guard place.resource == .deployment, let spec = wanted["spec"], let intended = wanted.annotation(hash),
            existing.annotation(hash) != intended
        else { return }
        decision.actions.append(.patch(place, ["metadata": ["annotations": [hash: .string(intended)]], "spec": spec]))
    }

    private func object(_ place: ObjectReference, _ cluster: JSONValue) -> JSONValue {
        var made: JSONValue = [
            "apiVersion": .string(place.resource.apiVersion), "kind": .string(place.resource.kind),
            "metadata": [
                "name": .string(place.key.name), "namespace": .string(place.key.namespace),
                "labels": [CNPG.Label.cluster: .string(cluster.objectName), CNPG.Label.pooler: .string(name)],
                "ownerReferences": [CNPG.controller(pooler, kind: "Pooler")],
            ],
        ]
        let selector: JSONValue = [CNPG.Label.pooler: .string(name)]
        switch place.resource {
        case .deployment:
            let spec = deployment(selector, cluster)
            let hash = String(stableHash(of: spec), radix: 16)
            made["metadata", "annotations"] = [CNPG.Annotation.poolerSpecHash: .string(hash)]
            made["spec"] = spec
        case .service:
            let service: JSONValue = [
                "type": "ClusterIP", "selector": selector,
                "ports": [["name": "pgbouncer", "port": 5432, "protocol": "TCP", "targetPort": 5432]],
            ]
            made["spec"] = JSONMergePatch.apply(spec.at("serviceTemplate", "spec") ?? [:], to: service)
        case .role:
            made["rules"] = [
                ["apiGroups": [.string(CNPG.group)], "resources": ["poolers"], "verbs": ["get", "watch"]]
            ]
        case .roleBinding:
            made["roleRef"] = ["apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": .string(name)]
            made["subjects"] = [
                ["kind": "ServiceAccount", "name": .string(name), "namespace": .string(place.key.namespace)]
            ]
        case .secret:
            // One secret serves all poolers of a cluster, so the cluster owns it.
            made["metadata"] = [
                "name": .string(place.key.name), "namespace": .string(place.key.namespace),
                "labels": [CNPG.Label.cluster: .string(cluster.objectName)],
                "ownerReferences": [CNPG.controller(cluster, kind: "Cluster")],
            ]
            made["type"] = "kubernetes.io/tls"
            let text = Base64.encode(Array("placeholder of \(place.key)\n".utf8))
            made["data"] = ["tls.crt": .string(text), "tls.key": .string(text)]
        default: break
        }
        return made
    }

    private func deployment(_ selector: JSONValue, _ cluster: JSONValue) -> JSONValue {
        let template = spec["template"] ?? [:]
        let own = template.at("spec", "containers")?.array?.first { $0["name"]?.string == "pgbouncer" } ?? [:]
        let container: JSONValue = [
            "name": "pgbouncer", "image": spec.at("pgbouncer", "image") ?? .string(Self.image),
            "ports": [
                ["name": "pgbouncer", "containerPort": 5432, "protocol": "TCP"],
                ["name": "metrics", "containerPort": 9127, "protocol": "TCP"],
            ],
        ]
        var pod = template["spec"] ?? [:]
        let others = pod["containers"]?.array?.filter { $0["name"]?.string != "pgbouncer" } ?? []
        pod["containers"] = .array([JSONMergePatch.apply(own, to: container)] + others)
        pod["serviceAccountName"] = .string(name)
        let labels: JSONValue = [
            CNPG.Label.pooler: .string(name), CNPG.Label.cluster: .string(cluster.objectName),
            CNPG.Label.podRole: "pooler",
        ]
        var made: JSONValue = [
            "replicas": spec["instances"] ?? 1, "selector": ["matchLabels": selector],
            "template": ["metadata": ["labels": labels], "spec": pod],
        ]
        made["strategy"] = spec["deploymentStrategy"]
        return made
    }
}
