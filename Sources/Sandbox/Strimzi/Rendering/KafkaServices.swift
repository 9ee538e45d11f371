import JSON
import KubernetesAPI

/// Builds the services before a cluster's listeners.
struct KafkaServices {
    let model: KafkaModel

    var all: [JSONValue] {
        var services = [bootstrap, headless]
        for listener in model.listeners where listener.hasOwnServices {
            if listener.at("configuration", "createBootstrapService")?.bool != false {
                services.append(externalBootstrap(listener))
            }
            for pool in model.pools where pool.isBroker {
                services += pool.ids.desired.map { broker($0, pool, listener) }
            }
        }
        return services
    }

    private var internalPorts: [JSONValue] {
        model.listeners.filter { !$0.hasOwnServices }.map { port($0.portName, $0.port) }
    }

    private var brokerSelector: [String: String] {
        model.labels.selector.merging([Strimzi.Label.brokerRole: "true"]) { $1 }
    }

    private var bootstrap: JSONValue {
        let discovery = model.listeners.map { listener -> JSONValue in
            [
                "port": .integer(listener.port), "tls": .bool(listener.isTLS), "protocol": "kafka",
                "auth": listener.at("authentication", "type") ?? "none",
            ]
        }
        let template = model.spec.at("template", "bootstrapService")
        var metadata = model.metadata(
            Strimzi.bootstrap(model.name),
            model.labels.adding(["strimzi.io/discovery": "true"]),
            annotations: ["strimzi.io/discovery": JSONValue.array(discovery).description]
        )
        metadata = adding(template?["metadata"], to: metadata)
        return service(
            metadata,
            [
                "type": "ClusterIP", "selector": JSONValue(brokerSelector),
                "ports": .array([replication] + internalPorts),
            ]
        )
    }

    private var replication: JSONValue { port("tcp-replication", 9091) }

    private var headless: JSONValue {
        var ports = [port("tcp-ctrlplane", 9090), replication, port("tcp-kafkaagent", 8443)] + internalPorts
        if model.spec["jmxOptions"] != nil { ports.append(port("jmx", 9999)) }
        return service(
            model.metadata(Strimzi.brokers(model.name), model.labels),
            [
                "type": "ClusterIP", "clusterIP": "None", "publishNotReadyAddresses": true,
                "selector": JSONValue(model.labels.selector), "ports": .array(ports),
            ]
        )
    }

    private func externalBootstrap(_ listener: JSONValue) -> JSONValue {
        let own = listener.at("configuration", "bootstrap")
        let metadata = adding(own, to: model.metadata(listener.bootstrapService(of: model.name), model.labels))
        return external(listener, metadata, brokerSelector, own)
    }

    private func broker(_ id: Int, _ pool: KafkaModel.Pool, _ listener: JSONValue) -> JSONValue {
        let own = listener.at("configuration", "brokers")?.array?.first { $0["broker"]?.integer == Int64(id) }
        let metadata = adding(own, to: model.metadata(listener.brokerService(pool.podSet, id), of: pool))
        let selector = model.labels(of: pool).selector.merging([Strimzi.Label.podName: pool.pod(id)]) { $1 }
        return external(listener, metadata, selector, own)
    }

    private func external(
        _ listener: JSONValue,
        _ metadata: JSONValue,
        _ selector: [String: String],
        _ own: JSONValue?
    ) -> JSONValue {
        let types = ["loadbalancer": "LoadBalancer", "nodeport": "NodePort"]
        let type = types[listener.listenerType] ?? "ClusterIP"
        var ports = port(listener.portName, listener.port)
        ports["nodePort"] = own?["nodePort"]
        var spec: JSONValue = ["type": .string(type), "selector": JSONValue(selector), "ports": [ports]]
        let configuration = listener["configuration"]
        if type != "ClusterIP" { spec["externalTrafficPolicy"] = configuration?["externalTrafficPolicy"] ?? "Cluster" }
        spec["loadBalancerIP"] = own?["loadBalancerIP"]
        spec["externalIPs"] = own?["externalIPs"]
        spec["loadBalancerSourceRanges"] = configuration?["loadBalancerSourceRanges"]
        spec["allocateLoadBalancerNodePorts"] = configuration?["allocateLoadBalancerNodePorts"]
        if type == "LoadBalancer" { spec["loadBalancerClass"] = configuration?["class"] }
        var metadata = metadata
        metadata["finalizers"] = configuration?["finalizers"]
        let isFailing = RequestedFailure.isAsked("load-balancer", on: model.kafka)
        var annotations = metadata["annotations"] ?? [:]
        annotations[RequestedFailure.annotation] = isFailing ? "load-balancer" : .null
        metadata["annotations"] = annotations
        return service(metadata, spec)
    }

    private func adding(_ own: JSONValue?, to metadata: JSONValue) -> JSONValue {
        var metadata = metadata
        for part in ["labels", "annotations"] {
            guard let more = own?[part] else { continue }
            metadata[part] = JSONMergePatch.apply(more, to: metadata[part] ?? [:])
        }
        return metadata
    }

    private func port(_ name: String, _ number: Int64) -> JSONValue {
        ["name": .string(name), "port": .integer(number), "targetPort": .integer(number), "protocol": "TCP"]
    }

    private func service(_ metadata: JSONValue, _ spec: JSONValue) -> JSONValue {
        ["apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec]
    }
}
