import JSON
import KubernetesAPI
import Providers

/// What a new rendering would change of a cluster's children, and what is held back because it disturbs.
struct PendingUpdate: Equatable {
    /// One held write: changes of a child, or its deletion.
    let writes: [PlannedWrite]
    /// Whether the spec was edited while no operator looked, so that it cannot be told who asked for what.
    let isMixed: Bool

    /// Nil when nothing is held.
    init?(_ writes: [PlannedWrite], isMixed: Bool) {
        guard !writes.isEmpty else { return nil }
        self.writes = writes
        self.isMixed = isMixed
    }

    /// The worst that it would do.
    var disruption: Disruption { writes.map(\.disruption).max() ?? .none }

    /// Names exactly these changes; what a person lets through by it is what the person has read.
    var hash: String {
        let parts = writes.map { write -> JSONValue in
            let changes = write.changes.map(\.change.hash).sorted()
            return [.string(write.verb.rawValue), .string(write.object), JSONValue(changes)]
        }
        return String(stableHash(of: .array(parts)), radix: 16)
    }

    /// What is held, why, and how it is let through.
    var message: String {
        let changes = writes.map { write in
            let fields = write.changes.map(\.change.description).joined(separator: "; ")
            let name = "\(write.resource.kind) \(write.key.name)"
            return fields.isEmpty ? "\(write.verb.rawValue) \(name)" : "\(name): \(fields)"
        }
        let mixed = isMixed ? " The spec was edited while no operator ran; what of it disturbs is among this." : ""
        return "This version of the operator renders the cluster otherwise, and \(Self.effect[disruption] ?? "") "
            + "(\(disruption.rawValue)). Held back, hash \(hash): \(changes.joined(separator: ". ")).\(mixed) Let it through "
            + "with annotation dbaas.io/apply-pending: \(hash), or by a window in spec.maintenance."
    }

    private static let effect: [Disruption: String] = [
        .rolling: "members would restart for it", .downtime: "nobody would serve for some time",
        .dataLoss: "data or backups would be lost",
    ]
}
