import JSON
import KubernetesAPI

/// Builds the Services of a cluster: a headless one per replica set, one per pod where it is exposed, the routers'.
struct MongoServices {
    let objects: MongoObjects
    private var snapshot: PerconaSnapshot { objects.snapshot }
    private var spec: JSONValue { snapshot.spec }
    private var name: String { snapshot.name }

    init(_ objects: MongoObjects) { self.objects = objects }

    /// The Services that must exist now.
    func required(_ replsets: [MongoReplset], routers: Int) -> [JSONValue] {
        var services = replsets.map(headless)
        for replset in replsets where replset.json.at("expose", "enabled")?.bool == true {
            for pod in snapshot.pods([Mongo.Label.replset: replset.name]) where isCounted(pod, replset) {
                services.append(exposed(replset, pod.objectName))
            }
        }
        guard spec.at("sharding", "enabled")?.bool == true else { return services }
        let expose = spec.at("sharding", "mongos", "expose") ?? [:]
        if expose["servicePerPod"]?.bool == true {
            services += (0..<max(0, routers)).map { number in
                let pod = "\(name)-mongos-\(number)"
                return router(pod, expose, [StatefulSetRules.podNameLabel: pod])
            }
        } else {
            var selector = Mongo.labels(name)
            selector[Percona.Label.component] = "mongos"
            services.append(router("\(name)-mongos", expose, selector))
        }
        return services
    }

    /// Pods that a smaller size is about to remove get no Service any more.
    private func isCounted(_ pod: JSONValue, _ replset: MongoReplset) -> Bool {
        let size = pod.label(Percona.Label.component) == replset.component ? replset.size : Int.max
        return pod.podNumber < size
    }

    private func headless(_ replset: MongoReplset) -> JSONValue {
        let labels = Mongo.labels(name, replset: replset.name)
        var service = snapshot.object("v1", "Service", "\(name)-\(replset.name)", labels)
        addMetadata(replset.json["expose"], to: &service)
        service["spec"] = [
            "clusterIP": "None", "selector": JSONValue(labels),
            "ports": [["name": "mongodb", "port": 27017, "targetPort": 27017, "protocol": "TCP"]],
        ]
        return service
    }

    private func exposed(_ replset: MongoReplset, _ pod: String) -> JSONValue {
        let labels = Mongo.labels(name, replset: replset.name, component: "external-service")
        let expose = replset.json["expose"] ?? [:]
        var service = snapshot.object("v1", "Service", pod, labels)
        addMetadata(expose, to: &service)
        service["spec"] = [
            "selector": [StatefulSetRules.podNameLabel: .string(pod)], "publishNotReadyAddresses": true,
            "ports": [["name": "mongodb", "port": 27017, "targetPort": 27017, "protocol": "TCP"]],
        ]
        PerconaExposure.open(&service, expose, policies: ["NodePort": "Cluster", "LoadBalancer": "Local"])
        return service
    }

    private func router(_ serviceName: String, _ expose: JSONValue, _ selector: [String: String]) -> JSONValue {
        var labels = Mongo.labels(name)
        labels[Percona.Label.component] = "mongos"
        var service = snapshot.object("v1", "Service", serviceName, labels)
        addMetadata(expose, to: &service)
        var port: JSONValue = ["name": "mongos", "port": 27017, "targetPort": 27017, "protocol": "TCP"]
        if let number = expose["nodePort"]?.integer, number > 0 { port["nodePort"] = .integer(number) }
        service["spec"] = ["selector": JSONValue(selector), "ports": [port]]
        PerconaExposure.open(&service, expose, policies: ["NodePort": "Cluster", "LoadBalancer": "Cluster"])
        return service
    }

    private func addMetadata(_ expose: JSONValue?, to service: inout JSONValue) {
        PerconaExposure.addMetadata(
            labels: (expose?["labels"] ?? expose?["serviceLabels"])?.strings ?? [:],
            annotations: (expose?["annotations"] ?? expose?["serviceAnnotations"])?.strings ?? [:],
            to: &service
        )
    }
}
