import JSON
import KubernetesAPI

/// What objects of built-in kinds must hold to, and what may not be changed of them, as far as an operator can meet it.
enum BuiltInRules {
    /// The breaches of an object on its own.
    static func causes(_ object: JSONValue, _ kind: ServedKind) -> [APIFailure.Cause] {
        guard !kind.traits.isCustom else { return [] }
        switch kind.place.plural {
        case "events": return EventRules.causes(object, kind)
        case "leases":
            return ["leaseDurationSeconds", "leaseTransitions"].compactMap { field in
                let least: Int64 = field == "leaseTransitions" ? 0 : 1
                guard let value = object.at("spec", field)?.integer, value < least else { return nil }
                let why = least == 0 ? "must be greater than or equal to 0" : "must be greater than 0"
                return .invalid("spec.\(field)", String(value), why)
            }
        case "configmaps", "secrets":
            return ["data", "binaryData"].flatMap { field in
                (object[field]?.object?.names ?? []).filter { !isConfigKey($0) }.map { name in
                    .invalid(
                        "\(field)[\(name)]",
                        GoText.quoted(name),
                        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  "
                            + "or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
                    )
                }
            }
        default: return []
        }
    }

    private static func isConfigKey(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 253 && name != "." && !name.hasPrefix("..")
            && name.wholeMatch(of: /[-._a-zA-Z0-9]+/) != nil
    }

    static func changeCauses(_ new: JSONValue, _ old: JSONValue, _ kind: ServedKind) -> [APIFailure.Cause] {
        guard !kind.traits.isCustom else { return [] }
        let own = causes(new, kind)
        guard own.isEmpty else { return own }
        switch kind.place.plural {
        case "persistentvolumeclaims": return claimCauses(new, old)
        case "secrets":
            guard new["type"] != old["type"] else { return [] }
            return [.invalid("type", GoText.shown(new["type"] ?? ""), "field is immutable")]
        case "statefulsets": return statefulSetCauses(new, old)
        case "deployments":
            guard new.at("spec", "selector") != old.at("spec", "selector") else { return [] }
            return [.invalid("spec.selector", GoText.shown(new.at("spec", "selector") ?? [:]), "field is immutable")]
        case "rolebindings", "clusterrolebindings":
            guard new["roleRef"] != old["roleRef"] else { return [] }
            return [.invalid("roleRef", GoText.shown(new["roleRef"] ?? [:]), "cannot change roleRef")]
        default: return []
        }
    }

    private static let changeableOfStatefulSets = [
        "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
    ]

    private static func statefulSetCauses(_ new: JSONValue, _ old: JSONValue) -> [APIFailure.Cause] {
        var (after, before) = (new["spec"] ?? [:], old["spec"] ?? [:])
        for field in changeableOfStatefulSets {
            after[field] = nil
            before[field] = nil
        }
        guard after != before else { return [] }
        return [.forbidden("spec", statefulSetRefusal)]
    }

    /// What the server says of a change of a stateful set that it does not take.
    static let statefulSetRefusal = {
        let names = changeableOfStatefulSets.map { "'\($0)'" }
        let words = names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
        return "updates to statefulset spec for fields other than \(words) are forbidden"
    }()

    /// A claim's request may grow; nothing else of its spec may change, and a volume never shrinks.
    private static func claimCauses(_ new: JSONValue, _ old: JSONValue) -> [APIFailure.Cause] {
        var causes: [APIFailure.Cause] = []
        var (after, before) = (new["spec"] ?? [:], old["spec"] ?? [:])
        let requested = quantity(after.at("resources", "requests", "storage"))
        let requestedBefore = quantity(before.at("resources", "requests", "storage"))
        for field in ["resources", "volumeName", "volumeAttributesClassName", "volumeMode"] {
            after[field] = nil
            before[field] = nil
        }
        if after != before {
            causes.append(
                .forbidden(
                    "spec",
                    "spec is immutable after creation except resources.requests and volumeAttributesClassName for "
                        + "bound claims"
                )
            )
        }
        let isBound = old.at("status", "phase")?.string == "Bound"
        if let requested,
            let floor = quantity(old.at("status", "capacity", "storage")) ?? (isBound ? requestedBefore : nil),
            requested < floor
        {
            causes.append(
                .forbidden("spec.resources.requests.storage", "field can not be less than status.capacity")
            )
        }
        return causes
    }

    private static func quantity(_ value: JSONValue?) -> Quantity? {
        switch value {
        case .string(let text): Quantity(text)
        case .integer(let number): Quantity(String(number))
        default: nil
        }
    }
}
