import CRDs
import JSON
import KubernetesAPI

/// How clients reach the brokers.
enum StrimziListeners {
    /// With TLS, inside of the Kubernetes cluster.
    static let secure = "tls"
    static let plain = "plain"
    /// Short, as it is part of the longest service's name.
    static let external = "ext"

    static func all(_ plan: StrimziPlan) -> [JSONValue] {
        let options = plan.options
        let authentication: JSONValue = ["type": .string(options.authentication)]
        var listeners: [JSONValue] = [
            [
                "name": .string(secure), "port": 9093, "type": "internal", "tls": true,
                "authentication": authentication,
            ]
        ]
        if options.hasPlainListener {
            listeners.append(
                [
                    "name": .string(plain), "port": 9092, "type": "internal", "tls": false,
                    "authentication": authentication,
                ]
            )
        }
        let expose = plan.cluster.spec.expose
        guard expose.type != .clusterIP else { return listeners }
        var listener: JSONObject = [
            "name": .string(external), "port": 9094, "tls": true, "authentication": authentication,
            "type": expose.type == .loadBalancer ? "loadbalancer" : "nodeport",
        ]
        let configuration = configuration(expose)
        if !configuration.isEmpty { listener["configuration"] = .object(configuration) }
        return listeners + [.object(listener)]
    }

    /// The service by which clients begin and each broker's own get the same annotations.
    private static func configuration(_ expose: ExposeSpec) -> JSONObject {
        var configuration = JSONObject()
        if !expose.annotations.isEmpty {
            configuration["bootstrap"] = ["annotations": JSONValue(expose.annotations)]
            configuration["perBrokerAnnotationsTemplate"] = JSONValue(expose.annotations)
        }
        if !expose.loadBalancerSourceRanges.isEmpty {
            configuration["loadBalancerSourceRanges"] = JSONValue(expose.loadBalancerSourceRanges)
        }
        return configuration
    }
}
