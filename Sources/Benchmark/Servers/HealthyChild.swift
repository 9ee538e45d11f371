import CRDs
import JSON
import KubernetesAPI

/// What a child needs to be healthy: its members' pods and its own status, as CloudNativePG would have made them.
struct HealthyChild: Sendable, Equatable {
    let name: String
    let namespace: String
    private let uid: String
    private let cluster: String
    private let generation: Int64
    private let instances: Int
    private let image: String
    private let resources: JSONValue?

    /// Nil for a child that is healthy already, or is going.
    init?(_ child: DynamicObject) {
        guard !child.metadata.isBeingDeleted else { return nil }
        name = child.metadata.name
        namespace = child.metadata.namespace
        uid = child.metadata.uid
        cluster = child.metadata.labels[APIGroup.clusterLabel] ?? child.metadata.name
        generation = child.metadata.generation
        let content = child.content
        instances = Int(content.at("spec", "instances")?.integer ?? 1)
        image = content.at("spec", "imageName")?.string ?? "postgres"
        resources = content.at("spec", "resources")
        guard content.at("status", "cloudNativePGOperatorHash")?.string != mark else { return nil }
    }

    /// Stands in the status of a child that was made healthy in this generation.
    private var mark: String { "generation-\(generation)" }

    var members: [String] { (1...max(instances, 1)).map { "\(name)-\($0)" } }

    func pod(_ member: String) -> JSONValue {
        var container: JSONObject = ["name": "postgres", "image": .string(image)]
        container["resources"] = resources
        return [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": .string(member),
                "labels": [
                    "cnpg.io/cluster": .string(name), "cnpg.io/instanceName": .string(member),
                    "cnpg.io/podRole": "instance",
                    "cnpg.io/instanceRole": .string(member == members[0] ? "primary" : "replica"),
                    APIGroup.clusterLabel: .string(cluster),
                ],
                "ownerReferences": [
                    OwnerReference(apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", name: name, uid: uid).json
                ],
            ],
            "spec": ["containers": [.object(container)]],
        ]
    }

    var podStatus: JSONValue {
        let now = JSONValue.string(Timestamp.now.description)
        return [
            "status": [
                "phase": "Running",
                "conditions": [["type": "Ready", "status": "True", "lastTransitionTime": now]],
                "containerStatuses": [
                    [
                        "name": "postgres", "ready": true, "restartCount": 0, "image": .string(image), "imageID": "",
                        "state": ["running": ["startedAt": now]],
                    ]
                ],
            ]
        ]
    }

    var status: JSONValue {
        [
            "status": [
                "phase": "Cluster in healthy state", "instances": JSONValue(instances),
                "readyInstances": JSONValue(instances), "instanceNames": JSONValue(members),
                "currentPrimary": .string(members[0]), "targetPrimary": .string(members[0]), "image": .string(image),
                "cloudNativePGOperatorHash": .string(mark),
                "conditions": [
                    [
                        "type": "Ready", "status": "True", "reason": "ClusterIsReady", "message": "Cluster is Ready",
                        "lastTransitionTime": .string(Timestamp.now.description),
                    ]
                ],
            ]
        ]
    }
}
