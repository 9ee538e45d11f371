/// When an edit came to the operator, and when its answer left: by a word that is in both and nowhere else.
struct EditRecord: Sendable {
    let token: [UInt8]
    private(set) var deliveredAt: ContinuousClock.Instant?
    private(set) var writtenAt: ContinuousClock.Instant?

    init(token: String) { self.token = Array(token.utf8) }

    /// Looks at bytes that are about to be delivered to the operator.
    mutating func deliver(_ bytes: [UInt8], now: ContinuousClock.Instant) {
        guard deliveredAt == nil, contains(bytes) else { return }
        deliveredAt = now
    }

    /// Looks at bytes that have come from the operator.
    mutating func receive(_ bytes: [UInt8], now: ContinuousClock.Instant) {
        guard deliveredAt != nil, writtenAt == nil, contains(bytes) else { return }
        writtenAt = now
    }

    /// From the event's delivery to the write; nil while one of them has not been seen.
    var latency: Duration? {
        guard let deliveredAt, let writtenAt else { return nil }
        return writtenAt - deliveredAt
    }

    private func contains(_ bytes: [UInt8]) -> Bool {
        guard let first = token.first else { return false }
        var rest = bytes[...]
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.starts(with: token) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
