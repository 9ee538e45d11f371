/// Samples in order, of which percentiles are asked.
struct Percentiles: Sendable, Equatable {
    private let sorted: [Double]

    /// Nil when there is no sample.
    init?(_ samples: [Double]) {
        guard !samples.isEmpty else { return nil }
        sorted = samples.sorted()
    }

    /// The smallest sample that at least this share of all does not exceed (nearest rank); the share is 0 to 1.
    func value(at share: Double) -> Double {
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }
}
