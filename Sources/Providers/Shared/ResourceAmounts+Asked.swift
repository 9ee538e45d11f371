import CRDs
import JSON
import KubernetesAPI

extension ResourceRequirements {
    /// Whether these are the asked-for amounts; what was not asked for may be anything.
    func satisfies(_ asked: ResourceRequirements) -> Bool {
        requests.satisfies(asked.requests) && limits.satisfies(asked.limits)
    }

    /// Refuses a request that is over its limit, which no pod could have.
    var refusalOfLimits: Refusal? {
        let pairs = [
            ("cpu", requests.cpu, limits.cpu), ("memory", requests.memory, limits.memory),
        ]
        for (name, request, limit) in pairs {
            guard let request, let limit, request > limit else { continue }
            return Refusal(
                "RequestOverLimit",
                "the request of \(request) \(name) is over its limit of \(limit); lower the one or raise the other"
            )
        }
        return nil
    }

    /// Such as `cpu 2, memory 4Gi`, with limits where they differ.
    var text: String {
        let amounts = [("cpu", requests.cpu, limits.cpu), ("memory", requests.memory, limits.memory)]
        let parts = amounts.compactMap { name, request, limit -> String? in
            switch (request, limit) {
            case (nil, nil): nil
            case (let request?, let limit?) where request != limit: "\(name) \(request) up to \(limit)"
            case (nil, let limit?): "\(name) up to \(limit)"
            case (let request?, _): "\(name) \(request)"
            }
        }
        return parts.joined(separator: ", ")
    }
}

extension ResourceAmounts {
    /// Whether these are the asked-for amounts; what was not asked for may be anything.
    func satisfies(_ asked: ResourceAmounts) -> Bool {
        (asked.cpu == nil || asked.cpu == cpu) && (asked.memory == nil || asked.memory == memory)
    }
}

extension Pod.Container {
    /// Its requests and limits, as far as they are processor and memory.
    var resources: ResourceRequirements {
        ResourceRequirements(requests: Self.amounts(requests), limits: Self.amounts(limits))
    }

    private static func amounts(_ value: JSONValue) -> ResourceAmounts {
        let amount = { (field: String) -> Quantity? in
            value[field].flatMap { Quantity($0.string ?? $0.integer.map { String($0) } ?? "") }
        }
        return ResourceAmounts(cpu: amount("cpu"), memory: amount("memory"))
    }
}
