/// A measured figure, with the budget that it must not go over.
struct Figure: Sendable, Equatable {
    enum Unit: String, Sendable {
        case milliseconds = "ms"
        case seconds = "s"
        /// Of 1,000,000 bytes.
        case megabytes = "MB"
        case megabytesPerSecond = "MB/s"
        case perSecond = "/s"
        case count = ""
        case factor = "×"
        /// Instructions, by the million.
        case millions = "M"
    }

    let part: Part
    let name: String
    let value: Double
    let unit: Unit
    /// Nil for what has no budget.
    let budget: Double?

    init(_ part: Part, _ name: String, _ value: Double, _ unit: Unit, budget: Double? = nil) {
        self.part = part
        self.name = name
        self.value = value
        self.unit = unit
        self.budget = budget
    }

    var isMissed: Bool { budget.map { value > $0 } ?? false }

    /// The value with its unit.
    var text: String { Self.text(value, unit) }

    /// A number with three digits that count, and its unit.
    static func text(_ value: Double, _ unit: Unit) -> String {
        let suffix = unit.rawValue.isEmpty ? "" : " " + unit.rawValue
        let isWhole = unit == .count && value == value.rounded()
        return (isWhole ? "\(Int(value))" : DecimalText.text(value)) + suffix
    }
}

/// The parts of the benchmark, each of which can be run alone.
enum Part: String, Sendable, CaseIterable {
    /// From clusters existing to all Ready, then memory and rest.
    case fleets
    /// Starting beside a large fleet.
    case start
    /// What a cluster of each provider costs beside CloudNativePG's.
    case providers
    /// From an edit's event to the child's write.
    case latency
    /// JSON, watch decoding and queue, in this process.
    case modules
}
