import JSON
import KubernetesAPI

extension WorkloadMachine {
    /// A service for the outside gets its ports on the nodes, and one behind a load balancer its address after a while.
    ///
    /// A service of a class of load balancers is left to whoever serves that class, which is nobody in the sandbox.
    mutating func service(_ service: JSONValue, _ reference: ObjectReference, _ now: Timestamp) -> Decision {
        let type = service.at("spec", "type")?.string
        guard !service.isBeingDeleted, type == "LoadBalancer" || type == "NodePort" else { return .nothing }
        if let ports = withNodePorts(service) { return .act(.patch(reference, ["spec": ["ports": .array(ports)]])) }
        guard type == "LoadBalancer", service.at("spec", "loadBalancerClass") == nil,
            service.at("status", "loadBalancer", "ingress") == nil,
            !RequestedFailure.isAsked("load-balancer", on: service)
        else { return .nothing }
        if let end = pending("address", service, Delays.Base.loadBalancer, now) { return .wait(until: end) }
        timers.reset("address", of: service.objectUID)
        let hash = stableHash(of: .string(service.objectUID))
        let address = "192.168.\(hash >> 8 & 0xff).\(hash & 0xff)"
        return .act(.patchStatus(reference, ["loadBalancer": ["ingress": [["ip": .string(address)]]]]))
    }

    /// The ports with one on the nodes each; nil when they have them already, or shall have none.
    private func withNodePorts(_ service: JSONValue) -> [JSONValue]? {
        guard service.at("spec", "allocateLoadBalancerNodePorts")?.bool != false,
            let ports = service.at("spec", "ports")?.array, ports.contains(where: { $0["nodePort"] == nil })
        else { return nil }
        return ports.map { port in
            guard port["nodePort"] == nil else { return port }
            var port = port
            let hash = stableHash(of: [.string(service.objectUID), port["port"] ?? 0])
            port["nodePort"] = .integer(30_000 + Int64(hash % 2_768))
            return port
        }
    }
}
