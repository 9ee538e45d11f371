import JSON
import Providers

/// What would be done, in the order in which it would be done.
struct WritePlan: Equatable {
    var writes: [PlannedWrite] = []
    /// Why nothing would be done; then there are no writes.
    var refusals: [Refusal] = []
    /// What a reader should know beside: why there is nothing to do, or what is waited for first.
    var notes: [String] = []

    /// The worst that any of the writes does.
    var disruption: Disruption { writes.map(\.disruption).max() ?? .none }

    static func refused(_ refusals: [Refusal]) -> WritePlan { WritePlan(refusals: refusals) }

    /// The plan of one thing after the other.
    mutating func append(_ other: WritePlan) {
        writes += other.writes
        refusals += other.refusals
        notes += other.notes
    }

    /// A sentence for the end of the plan.
    var summary: String {
        switch writes.count {
        case 0: notes.first ?? "nothing would be written"
        case 1: "1 write; disruption: \(disruption.rawValue)"
        default: "\(writes.count) writes; worst disruption: \(disruption.rawValue)"
        }
    }
}
