import JSON
import KubernetesAPI

/// Builds the PetSets of a database, and the pods and claims of a PetSet.
struct PetSetObjects {
    let objects: DatabaseObjects

    private var snapshot: DatabaseSnapshot { objects.snapshot }
    private var spec: JSONValue { snapshot.spec }
    private var engine: DatabaseEngine { snapshot.engine }

    func petSet(_ group: NodeGroup) -> JSONValue {
        var petSet = objects.object("apps.k8s.appscode.com/v1", "PetSet", group.name)
        let controller = spec.at(path: group.templatePath + ["controller"]) ?? [:]
        for field in controller["labels"]?.object ?? [:] {
            petSet.set(["metadata", "labels", field.name], field.value)
        }
        for field in controller["annotations"]?.object ?? [:] {
            petSet.set(["metadata", "annotations", field.name], field.value)
        }
        petSet["spec"] = [
            "replicas": JSONValue(group.replicas),
            "serviceName": .string(group.service),
            "podManagementPolicy": engine.startsInParallel ? "Parallel" : "OrderedReady",
            "updateStrategy": ["type": "OnDelete"],
            "selector": ["matchLabels": JSONValue(podSelector(group))],
            "template": template(group),
            "volumeClaimTemplates": claimTemplates(group),
        ]
        return petSet
    }

    private func podSelector(_ group: NodeGroup) -> [String: String] {
        objects.selectors.merging(group.labels) { $1 }.merging([KubeDB.Label.owner: group.name]) { $1 }
    }

    private func claimTemplates(_ group: NodeGroup) -> JSONValue {
        guard spec["storageType"]?.string != "Ephemeral" else { return [] }
        let arbiterSize = spec.at("arbiter", "resources", "requests", "storage")
        guard let path = group.storagePath, let storage = spec.at(path: path) else {
            guard engine.name == "postgres", group.key == "arbiter", let arbiterSize else { return [] }
            var claim = spec["storage"] ?? ["accessModes": ["ReadWriteOnce"]]
            claim.set(["resources", "requests", "storage"], arbiterSize)
            return [["metadata": ["name": .string(engine.volume)], "spec": claim]]
        }
        var claim = storage
        claim.fill(["accessModes"], ["ReadWriteOnce"])
        return [["metadata": ["name": .string(engine.volume)], "spec": claim]]
    }

    private func template(_ group: NodeGroup) -> JSONValue {
        let template = spec.at(path: group.templatePath) ?? [:]
        var pod = template["spec"] ?? [:]
        pod["podPlacementPolicy"] = template.at("spec", "podPlacementPolicy")
        pod["containers"] = .array(containers(group, pod))
        if let list = pod["initContainers"]?.array {
            let image = snapshot.version?.at("spec", "initContainer", "image") ?? ""
            pod["initContainers"] = .array(list.map { $0["image"] == nil ? $0.with("image", image) : $0 })
        }
        pod.fill(["serviceAccountName"], .string(snapshot.name))
        let podLabels = (spec.at("podTemplate", "metadata", "labels")?.strings ?? [:])
            .merging(template.at("metadata", "labels")?.strings ?? [:]) { $1 }
            .merging(objects.labels) { $1 }.merging(podSelector(group)) { $1 }
        var annotations = template.at("metadata", "annotations")?.strings ?? [:]
        if let configuration = spec.at(path: group.configurationPath) ?? spec["configuration"] {
            annotations[KubeDB.Annotation.configuration] = String(stableHash(of: configuration), radix: 16)
        }
        if engine.name == "postgres", let complaint = PostgresConfiguration.complaint(about: spec) {
            annotations[WorkloadMachine.complaintAnnotation] = complaint
        }
        return [
            "metadata": ["labels": JSONValue(podLabels), "annotations": JSONValue(annotations)],
            "spec": pod,
        ]
    }

    private func containers(_ group: NodeGroup, _ pod: JSONValue) -> [JSONValue] {
        var containers = pod["containers"]?.array ?? []
        if !containers.contains(where: { $0["name"]?.string == group.container }) {
            var resources = spec.at("arbiter", "resources") ?? [:]
            resources.set(["requests", "storage"], nil)
            containers.insert(["name": .string(group.container), "resources": resources], at: 0)
        }
        containers = containers.map { container in
            let name = container["name"]?.string ?? ""
            guard container["image"] == nil, let image = image(of: name, group) else { return container }
            var container = container
            container["image"] = image
            if name == group.container {
                container["ports"] = [["name": "db", "containerPort": .integer(engine.port), "protocol": "TCP"]]
            }
            return container
        }
        if spec["monitor"] != nil, group.isServing, !containers.contains(where: { $0["name"]?.string == "exporter" }) {
            let port = spec.at("monitor", "prometheus", "exporter", "port") ?? 56790
            containers.append([
                "name": "exporter", "image": snapshot.version?.at("spec", "exporter", "image") ?? "",
                "ports": [["name": "metrics", "containerPort": port, "protocol": "TCP"]],
            ])
        }
        return containers
    }

    /// The image that the catalogue has for a container; nil for one that the user has added.
    private func image(of container: String, _ group: NodeGroup) -> JSONValue? {
        let version = snapshot.version?["spec"] ?? [:]
        switch container {
        case engine.container: return version.at("db", "image")
        case group.sidecar: return version.at("coordinator", "image") ?? version.at("replicationModeDetector", "image")
        case "mysql-router": return version.at("router", "image")
        case "maxscale": return version.at("maxscale", "image")
        default: return nil
        }
    }

    // MARK: Pods and claims

    static func claimName(_ template: JSONValue, _ pod: String) -> String {
        "\(template.at("metadata", "name")?.string ?? "data")-\(pod)"
    }

    func claim(_ template: JSONValue, of pod: String, _ petSet: JSONValue) -> JSONValue {
        var metadata: JSONObject = [
            "name": .string(Self.claimName(template, pod)), "namespace": .string(snapshot.namespace),
            "labels": petSet.at("spec", "selector", "matchLabels") ?? [:],
        ]
        if snapshot.failures.contains("resize") { metadata["annotations"] = [RequestedFailure.annotation: "resize"] }
        return [
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": .object(metadata),
            "spec": template["spec"] ?? [:],
        ]
    }

    func pod(_ name: String, of petSet: JSONValue, revision: String) -> JSONValue {
        let template = petSet.at("spec", "template") ?? [:]
        var pod = template["spec"] ?? [:]
        pod["podPlacementPolicy"] = nil
        let claims = petSet.at("spec", "volumeClaimTemplates")?.array ?? []
        var volumes = pod["volumes"]?.array ?? []
        for claim in claims {
            volumes.append([
                "name": claim.at("metadata", "name") ?? "data",
                "persistentVolumeClaim": ["claimName": .string(Self.claimName(claim, name))],
            ])
        }
        if claims.isEmpty { volumes.append(["name": .string(engine.volume), "emptyDir": [:]]) }
        pod["volumes"] = .array(volumes)
        pod["hostname"] = .string(name)
        pod["subdomain"] = petSet.at("spec", "serviceName")
        var annotations = template.at("metadata", "annotations")?.strings ?? [:]
        let passed = snapshot.failures.intersection(["pod-start", "image-pull", "schedule"])
        if !passed.isEmpty { annotations[RequestedFailure.annotation] = passed.sorted().joined(separator: ",") }
        let labels = (template.at("metadata", "labels")?.strings ?? [:])
            .merging([KubeDB.Label.revision: "\(petSet.objectName)-\(revision)"]) { $1 }
        return [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": .string(name), "namespace": .string(snapshot.namespace), "labels": JSONValue(labels),
                "annotations": JSONValue(annotations), "ownerReferences": [KubeDB.controller(petSet)],
                "finalizers": [.string(WorkloadMachine.podFinalizer)],
            ],
            "spec": pod,
        ]
    }
}

extension JSONValue {
    /// The object with one field more.
    func with(_ field: String, _ value: JSONValue) -> JSONValue {
        var result = self
        result[field] = value
        return result
    }
}
