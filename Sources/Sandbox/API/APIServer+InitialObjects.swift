import JSON
import KubernetesAPI

extension APIServer {
    /// What a fresh cluster has: its namespaces and a class of volumes that can grow.
    func createInitialObjects() {
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            createInitial(.namespace, ["metadata": ["name": .string(name)]])
        }
        createInitial(
            .storageClass,
            [
                "metadata": [
                    "name": "standard", "annotations": ["storageclass.kubernetes.io/is-default-class": "true"],
                ],
                "provisioner": "sandbox.dbaas.io/volumes", "allowVolumeExpansion": true, "reclaimPolicy": "Delete",
                "volumeBindingMode": "WaitForFirstConsumer",
            ]
        )
    }

    private func createInitial(_ resource: ResourceType, _ object: JSONValue) {
        // Nothing can be in the way of objects that are made before anything else.
        _ = try? create(resource, object, manager: "kube-apiserver")
    }

    /// What a child operator brings when it is installed.
    func install(_ childOperator: ChildOperator) {
        install(childOperator.definitions())
        for (resource, object) in childOperator.installed() { createInitial(resource, object) }
    }

    /// The class that claims without one get.
    var defaultStorageClass: String? {
        let place = GroupResource(.storageClass)
        return store.snapshot(place, namespace: nil).objects.first { object in
            object.content.at("metadata", "annotations", "storageclass.kubernetes.io/is-default-class") == "true"
        }?.key.name
    }

    /// Answers a question about permissions: here everyone may do everything.
    func answerReview(_ request: APIRequest, _ kind: ServedKind) throws(APIFailure) -> APIResponse {
        var review = try RequestBody(request, kind: kind).object
        if kind.resource.kind == "SelfSubjectRulesReview" {
            review["status"] = [
                "incomplete": false,
                "resourceRules": [["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]],
                "nonResourceRules": [["verbs": ["*"], "nonResourceURLs": ["*"]]],
            ]
        } else {
            review["status"] = ["allowed": true, "reason": "the sandbox allows everything"]
        }
        if review["metadata"] == nil { review["metadata"] = [:] }
        return .json(review, status: 201)
    }
}
