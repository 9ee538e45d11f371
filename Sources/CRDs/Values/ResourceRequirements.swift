package import JSON
package import KubernetesAPI

/// An amount of processor and memory; nil where nothing is said.
package struct ResourceAmounts: Sendable, Equatable {
    /// Processor time, in cores.
    package var cpu: Quantity?
    /// Memory, in bytes.
    package var memory: Quantity?

    package init(cpu: Quantity? = nil, memory: Quantity? = nil) {
        self.cpu = cpu
        self.memory = memory
    }

    /// Whether neither is given.
    package var isEmpty: Bool { cpu == nil && memory == nil }

    /// The amounts as they stand in a manifest.
    package var json: JSONValue {
        var fields = JSONObject()
        fields["cpu"] = cpu.map { .string($0.description) }
        fields["memory"] = memory.map { .string($0.description) }
        return .object(fields)
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        cpu = try fields.optional("cpu", Decode.quantity)
        memory = try fields.optional("memory", Decode.quantity)
    }
}

/// The requests and limits of one container.
package struct ResourceRequirements: Sendable, Equatable {
    package var requests: ResourceAmounts
    package var limits: ResourceAmounts

    package init(requests: ResourceAmounts = ResourceAmounts(), limits: ResourceAmounts = ResourceAmounts()) {
        self.requests = requests
        self.limits = limits
    }

    /// Requests that equal limits, as size classes have them.
    package init(cpu: Quantity, memory: Quantity) {
        let amounts = ResourceAmounts(cpu: cpu, memory: memory)
        self.init(requests: amounts, limits: amounts)
    }

    /// The shape of a container's `resources`; an empty part is left out.
    package var json: JSONValue {
        var fields = JSONObject()
        if !requests.isEmpty { fields["requests"] = requests.json }
        if !limits.isEmpty { fields["limits"] = limits.json }
        return .object(fields)
    }

    /// Reads `requests` and `limits` with their `cpu` and `memory`; other resources are not looked at.
    package init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        let amounts = { (element: JSONElement) throws(JSONError) in try ResourceAmounts(from: element) }
        requests = try fields.optional("requests", amounts) ?? ResourceAmounts()
        limits = try fields.optional("limits", amounts) ?? ResourceAmounts()
    }
}

extension Decode {
    /// A quantity, written as a string or as a bare integer.
    static func quantity(_ element: JSONElement) throws(JSONError) -> Quantity {
        let text: String
        if let whole = element.integer { text = String(whole) } else { text = try string(element) }
        guard let quantity = Quantity(text) else {
            throw JSONError(message: "This is not a quantity; write it like 500m, 2 or 4Gi.")
        }
        return quantity
    }

    static func timestamp(_ element: JSONElement) throws(JSONError) -> Timestamp {
        let text = try string(element)
        guard let time = Timestamp(text) else {
            throw JSONError(message: "This is not a time; write it like 2026-11-01T12:00:00Z.")
        }
        return time
    }

    static func condition(_ element: JSONElement) throws(JSONError) -> Condition { try Condition(from: element) }

    static func resources(_ element: JSONElement) throws(JSONError) -> ResourceRequirements {
        try ResourceRequirements(from: element)
    }
}
