import JSON

/// What the operator refuses in `spec.kafka.listeners` (`ListenersValidator`).
struct ListenerRules {
    let listeners: [JSONValue]
    /// The ids of the brokers, for hosts that each of them needs.
    let brokers: [Int]
    private var errors: [String] = []

    init(listeners: [JSONValue], brokers: [Int]) {
        self.listeners = listeners
        self.brokers = brokers
    }

    static func validate(_ listeners: [JSONValue], brokers: [Int]) throws(StrimziFailure) {
        guard !listeners.isEmpty else {
            throw .invalidResource("The required field .spec.kafka.listeners is missing")
        }
        var rules = ListenerRules(listeners: listeners, brokers: brokers)
        rules.check()
        guard rules.errors.isEmpty else {
            throw .invalidResource("Listener configuration is not valid: [\(rules.errors.joined(separator: ", "))]")
        }
    }

    private mutating func check() {
        let names = listeners.compactMap { $0["name"]?.string }
        if Set(names).count != listeners.count { errors.append("every listener needs to have a unique name") }
        let invalid = names.filter { !Self.isName($0) }
        if !invalid.isEmpty {
            errors.append(
                "listener names [\(invalid.joined(separator: ", "))] are invalid and do not match the pattern "
                    + "^[a-z0-9]{1,11}$"
            )
        }
        if Set(listeners.map(\.port)).count != listeners.count {
            errors.append("every listener needs to have a unique port number")
        }
        for listener in listeners { check(listener) }
    }

    private static func isName(_ name: String) -> Bool {
        (1...11).contains(name.utf8.count)
            && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    }

    private mutating func check(_ listener: JSONValue) {
        let name = listener.listenerName
        let type = listener.listenerType
        if listener.port < 9092 || [9404, 9999].contains(listener.port) {
            errors.append("port \(listener.port) is forbidden and cannot be used")
        }
        if type == "route" || type == "ingress", !listener.isTLS {
            errors.append("listener \(name) is Route or Ingress type listener and requires enabled TLS encryption")
        }
        if !listener.isTLS {
            if listener.at("authentication", "type")?.string == "tls" {
                errors.append("listener \(name) cannot use tls type authentication with disabled TLS encryption")
            }
            if listener.at("configuration", "brokerCertChainAndKey") != nil {
                errors.append("listener \(name) cannot configure custom TLS certificate with disabled TLS encryption")
            }
        }
        if let configuration = listener["configuration"] { checkFields(name, type, configuration) }
        if type == "ingress" { requireHosts(name, listener["configuration"], "Ingress") }
        if type == "tlsroute" { requireHosts(name, listener["configuration"], "TLSRoute") }
    }

    private static let hosted: Set<String> = ["route", "ingress", "tlsroute"]
    private static let hostedText = "TLSRoute, Route, or Ingress based listener"

    private mutating func checkFields(_ name: String, _ type: String, _ configuration: JSONValue) {
        func refuse(_ field: String, _ value: JSONValue?, unless types: Set<String>, _ allowed: String) {
            guard let value, !types.contains(type), value.array?.isEmpty != true else { return }
            errors.append("listener \(name) cannot configure \(field) because it is not \(allowed)")
        }
        func refuse(_ field: String, unless types: Set<String>, _ allowed: String) {
            refuse(field, configuration[field], unless: types, allowed)
        }
        for field in ["ipFamilyPolicy", "ipFamilies", "publishNotReadyAddresses"]
        where type == "internal" && configuration[field] != nil {
            errors.append("listener \(name) cannot configure \(field) because it is internal listener")
        }
        refuse("useServiceDnsDomain", unless: ["internal", "cluster-ip"], "internal or cluster-ip listener")
        refuse("class", unless: ["ingress", "loadbalancer"], "an Ingress or LoadBalancer based listener")
        refuse(
            "externalTrafficPolicy",
            unless: ["loadbalancer", "nodeport"],
            "LoadBalancer or NodePort based listener"
        )
        for field in ["loadBalancerSourceRanges", "allocateLoadBalancerNodePorts", "finalizers"] {
            refuse(field, unless: ["loadbalancer"], "LoadBalancer based listener")
        }
        if configuration["createBootstrapService"]?.bool == false, type != "loadbalancer" {
            errors.append(
                "listener \(name) cannot configure createBootstrapService because it is not load balancer listener"
            )
        }
        refuse(
            "preferredAddressType",
            configuration["preferredNodePortAddressType"],
            unless: ["nodeport"],
            "NodePort based listener"
        )
        refuse("hostTemplate", unless: Self.hosted, Self.hostedText)
        refuse("parentRefs", unless: ["tlsroute"], "TLSRoute based listener")
        let parts =
            [("bootstrap", configuration["bootstrap"] ?? .null)]
            + (configuration["brokers"]?.array ?? []).map { ("brokers[]", $0) }
        for (path, part) in parts {
            refuse("\(path).host", part["host"], unless: Self.hosted, Self.hostedText)
            refuse(
                "\(path).loadBalancerIP",
                part["loadBalancerIP"],
                unless: ["loadbalancer"],
                "LoadBalancer based listener"
            )
            refuse(
                "\(path).nodePort",
                part["nodePort"],
                unless: ["nodeport", "loadbalancer"],
                "NodePort based listener"
            )
            refuse("\(path).externalIPs", part["externalIPs"], unless: ["nodeport"], "NodePort based listener")
            for field in ["labels", "annotations"] where type == "internal" && part[field]?.object?.isEmpty == false {
                errors.append(
                    "listener \(name) cannot configure \(path).\(field) because it is not LoadBalancer, NodePort, "
                        + "TLSRoute, Route, Ingress, or ClusterIP based listener"
                )
            }
        }
    }

    private mutating func requireHosts(_ name: String, _ configuration: JSONValue?, _ kind: String) {
        guard let configuration else {
            errors.append(
                "listener \(name) is missing a configuration with "
                    + (kind == "Ingress" ? "" : "bootstrap and broker ")
                    + "host properties which are required for \(kind) based listeners"
            )
            return
        }
        if kind == "TLSRoute", configuration["parentRefs"] == nil {
            errors.append(
                "listener \(name) is missing a parent references property which is required for TLSRoute based listeners"
            )
        }
        if configuration.at("bootstrap", "host") == nil {
            errors.append(
                "listener \(name) is missing a bootstrap host property which is required for \(kind) based listeners"
            )
        }
        guard configuration["hostTemplate"] == nil else { return }
        guard let hosts = configuration["brokers"]?.array else {
            errors.append(
                "listener \(name) is missing a broker configuration with host properties which are required for \(kind) "
                    + "based listeners"
            )
            return
        }
        for broker in brokers
        where !hosts.contains(where: { $0["broker"]?.integer == Int64(broker) && $0["host"] != nil }) {
            errors.append(
                "listener \(name) is missing a broker host property for broker with ID \(broker) which is required for "
                    + "\(kind) based listeners"
            )
        }
    }
}

extension JSONValue {
    /// Of a listener: its name, type, port and whether it speaks TLS.
    var listenerName: String { self["name"]?.string ?? "" }
    var listenerType: String { self["type"]?.string ?? "" }
    var port: Int64 { self["port"]?.integer ?? 0 }
    var isTLS: Bool { self["tls"]?.bool ?? false }
    /// Of a listener: the name of its port, as services have it.
    var portName: String {
        switch (listenerName, port, listenerType) {
        case ("plain", 9092, "internal"): "tcp-clients"
        case ("tls", 9093, "internal"): "tcp-clientstls"
        default: "tcp-" + listenerName
        }
    }
    /// Of a listener: whether services of its own stand before it.
    var hasOwnServices: Bool { listenerType != "internal" }
    /// Of a listener: the service of its bootstrap address.
    func bootstrapService(of cluster: String) -> String {
        hasOwnServices ? "\(cluster)-kafka-\(listenerName)-bootstrap" : Strimzi.bootstrap(cluster)
    }
    /// Of a listener: the service of one broker; that of `external` at 9094 is named as before listeners had names.
    func brokerService(_ podSet: String, _ id: Int) -> String {
        port == 9094 && listenerName == "external" ? "\(podSet)-\(id)" : "\(podSet)-\(listenerName)-\(id)"
    }
}
