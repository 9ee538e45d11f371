import CRDs
import JSON
import KubernetesAPI

/// Options that act when a database is created, and would be passed over in silence later.
struct KubeDBFixedOptions {
    private let plan: KubeDBPlan

    init(_ plan: KubeDBPlan) { self.plan = plan }

    var refusals: [Refusal] {
        guard let child = plan.child else { return [] }
        return parts(child) + [sentinel(child), ephemeral(child)].compactMap(\.self) + texts(child)
    }

    /// The numbers and volumes of what stands beside the members that hold data.
    private func parts(_ child: KubeDBDatabase) -> [Refusal] {
        child.parts.dropFirst().flatMap { part -> [Refusal] in
            guard let asked = plan.options.part(part.component.key) else { return [] }
            var refusals: [Refusal] = []
            let place = "providerOptions.topology.\(part.component.key)"
            if let wanted = asked["replicas"]?.integer, let live = part.replicas, Int64(live) != wanted {
                refusals.append(fixed("\(place).replicas", "\(live)", "\(wanted)"))
            }
            if let wanted = asked["storage"]?.string.flatMap({ Quantity($0) }), let live = part.storage, live != wanted
            {
                refusals.append(fixed("\(place).storage", "\(live)", "\(wanted)"))
            }
            return refusals
        }
    }

    private func sentinel(_ child: KubeDBDatabase) -> Refusal? {
        guard plan.options.sentinel != nil, let live = child.sentinel, live != plan.sentinel else { return nil }
        let refusal = fixed("providerOptions.sentinel", "\(live)", "\(plan.sentinel)")
        return Refusal(refusal.reason, "\(refusal.message); the Custom operation replace-sentinel does it")
    }

    /// Memory that a volume is made of is not grown.
    private func ephemeral(_ child: KubeDBDatabase) -> Refusal? {
        guard let live = KubeDBDatabase.quantity(child.spec.at("ephemeralStorage", "sizeLimit")),
            live != plan.cluster.spec.storage
        else { return nil }
        return fixed("storage", "\(live)", "\(plan.cluster.spec.storage)")
    }

    private func texts(_ child: KubeDBDatabase) -> [Refusal] {
        let options = [
            ("standbyMode", plan.options.standbyMode, child.spec["standbyMode"]),
            ("streamingMode", plan.options.streamingMode, child.spec["streamingMode"]),
            ("authSecret", plan.options.authSecret, child.spec.at("authSecret", "name")),
        ]
        return options.compactMap { name, wanted, live in
            guard let wanted, let live = live?.string, live != wanted else { return nil }
            return fixed("providerOptions.\(name)", live, wanted)
        }
    }

    private func fixed(_ field: String, _ live: String, _ wanted: String) -> Refusal {
        Refusal(
            "ImmutableOption",
            "\(field) cannot be changed from \(live) to \(wanted): it acts only when a database is created"
        )
    }
}
