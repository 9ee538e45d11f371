import CRDs
import JSON

/// What is wrong with a scheduling policy that would be dropped in silence, or refused when a pod is made of it.
///
/// The schema leaves the parts of a pod's spec open; deeper than this the definition of the child kind checks them.
struct SchedulingRules {
    private let policy: PodSchedulingPolicy

    init(_ policy: PodSchedulingPolicy) { self.policy = policy }

    /// Each names the path of what is wrong.
    var refusals: [Refusal] { affinity + nodeSelector + tolerations + constraints }

    private var affinity: [Refusal] {
        let known = ["nodeAffinity", "podAffinity", "podAntiAffinity"]
        return (policy.affinity?.object ?? [:]).compactMap { field in
            let path = "affinity.\(field.name)"
            if !known.contains(field.name) { return refusal(path, "is not known; there are \(list(known))") }
            return field.value.object == nil ? refusal(path, "must be an object, as in a pod's spec") : nil
        }
    }

    private var nodeSelector: [Refusal] {
        policy.nodeSelector.sorted { $0.key < $1.key }.compactMap { label in
            guard !Self.isLabelName(label.key) || !Self.isLabelValue(label.value) else { return nil }
            return refusal("nodeSelector", "has \"\(label.key)\": \"\(label.value)\", which is no label")
        }
    }

    private var tolerations: [Refusal] {
        let known = ["key", "operator", "value", "effect", "tolerationSeconds"]
        return policy.tolerations.enumerated().flatMap { index, item in
            (item.object?.names ?? []).filter { !known.contains($0) }.map { name in
                refusal("tolerations[\(index)].\(name)", "is not known; there are \(list(known))")
            }
        }
    }

    private var constraints: [Refusal] {
        policy.topologySpreadConstraints.enumerated().flatMap { index, item in
            ["maxSkew", "topologyKey", "whenUnsatisfiable"].filter { item[$0] == nil }.map { name in
                refusal("topologySpreadConstraints[\(index)].\(name)", "must be given")
            }
        }
    }

    private func refusal(_ path: String, _ problem: String) -> Refusal {
        Refusal("InvalidScheduling", "podSchedulingPolicy.\(path) \(problem)")
    }

    private func list(_ names: [String]) -> String { names.joined(separator: ", ") }

    /// A label's name with its optional prefix, as Kubernetes takes it.
    private static func isLabelName(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, (1...2).contains(parts.count), !name.isEmpty else { return false }
        let isPrefixFine = parts.count == 1 || (!parts[0].isEmpty && parts[0].utf8.count <= 253)
        return isPrefixFine && isLabelValue(String(name))
    }

    /// At most 63 letters, digits, dashes, underscores and dots, the first and last of them a letter or digit.
    private static func isLabelValue(_ text: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last else { return true }
        let marks = Array("-_.".utf8)
        return bytes.count <= 63 && isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || marks.contains($0) }
    }
}
