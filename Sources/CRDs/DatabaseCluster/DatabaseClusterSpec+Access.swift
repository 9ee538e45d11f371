import JSON

/// The proxy or connection pooler in front of the members.
package struct ProxySpec: Sendable, Equatable {
    package var enabled: Bool
    /// Nil means the engine's default.
    package var type: ProxyType?
    package var replicas: Int
    package var resources: ResourceRequirements?

    package init(
        enabled: Bool = true,
        type: ProxyType? = nil,
        replicas: Int = 2,
        resources: ResourceRequirements? = nil
    ) {
        self.enabled = enabled
        self.type = type
        self.replicas = replicas
        self.resources = resources
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        enabled = try fields.bool("enabled") ?? true
        type = try fields.optional("type", Decode.word)
        replicas = try fields.integer("replicas") ?? Default.proxyReplicas
        resources = try fields.optional("resources", Decode.resources)
    }
}

/// How a database is reached from outside of its pods.
package enum ExposeType: String, Sendable, Hashable, CaseIterable {
    case clusterIP = "ClusterIP"
    case nodePort = "NodePort"
    case loadBalancer = "LoadBalancer"
}

/// The service that clients use.
package struct ExposeSpec: Sendable, Equatable {
    package var type: ExposeType
    package var annotations: [String: String]
    /// Networks in CIDR form; only for a load balancer.
    package var loadBalancerSourceRanges: [String]

    package init(
        type: ExposeType = .clusterIP,
        annotations: [String: String] = [:],
        loadBalancerSourceRanges: [String] = []
    ) {
        self.type = type
        self.annotations = annotations
        self.loadBalancerSourceRanges = loadBalancerSourceRanges
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        type = try fields.optional("type", Decode.word) ?? .clusterIP
        annotations = try fields.stringMap("annotations")
        loadBalancerSourceRanges = try fields.strings("loadBalancerSourceRanges")
    }
}

/// Which systems shall see the database's metrics.
package struct MonitoringSpec: Sendable, Equatable {
    package var enabled: Bool
    package var prometheus: PrometheusSpec?
    package var pmm: PMMSpec?

    package init(enabled: Bool = true, prometheus: PrometheusSpec? = nil, pmm: PMMSpec? = nil) {
        self.enabled = enabled
        self.prometheus = prometheus
        self.pmm = pmm
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        enabled = try fields.bool("enabled") ?? true
        prometheus = try fields.optional("prometheus") { (part) throws(JSONError) in try PrometheusSpec(from: part) }
        pmm = try fields.optional("pmm") { (part) throws(JSONError) in try PMMSpec(from: part) }
    }
}

/// How Prometheus scrapes the members.
package struct PrometheusSpec: Sendable, Equatable {
    /// A Prometheus duration, like 30s.
    package var interval: String
    /// Labels of the monitor object, for the Prometheus that selects by them.
    package var labels: [String: String]

    package init(interval: String = "30s", labels: [String: String] = [:]) {
        self.interval = interval
        self.labels = labels
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        interval = try fields.string("interval") ?? Default.scrapeInterval
        labels = try fields.stringMap("labels")
    }
}

/// A Percona Monitoring and Management server.
package struct PMMSpec: Sendable, Equatable {
    package var serverHost: String
    /// A Secret in the cluster's namespace.
    package var credentialsSecret: String?

    package init(serverHost: String, credentialsSecret: String? = nil) {
        self.serverHost = serverHost
        self.credentialsSecret = credentialsSecret
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        serverHost = try fields.requiredString("serverHost")
        credentialsSecret = try fields.string("credentialsSecret")
    }
}
