import JSON

/// Something that befalls an operator at one of its API calls.
struct Point: Sendable, CustomStringConvertible {
    enum Kind: String, Sendable, CaseIterable {
        case killedBefore = "killed before"
        case killedAfter = "killed after"
        case deposedBefore = "deposed before"
        case deposedAfter = "deposed after"
        case conflict = "a conflict at"
        case throttled = "429 at"
        case serverError = "500 at"
        case droppedBefore = "a connection dropped before"
        case droppedAfter = "a connection dropped after"

        static let kills: [Kind] = [.killedBefore, .killedAfter]
        static let depositions: [Kind] = [.deposedBefore, .deposedAfter]
        static let answers: [Kind] = [.conflict, .throttled, .serverError, .droppedBefore, .droppedAfter]

        var isKill: Bool { Self.kills.contains(self) }
        var isDeposition: Bool { Self.depositions.contains(self) }
    }

    let kind: Kind
    /// Which call, counted from the moment the operation is asked for, from 1.
    let number: Int

    var description: String { "\(kind.rawValue) call \(number)" }

    /// What is asked of the sandbox's `/sandbox/faults` for the calls of that client.
    func wish(for client: String) -> JSONValue {
        let action: JSONValue =
            switch kind {
            case .killedBefore, .deposedBefore: ["action": "holdBefore"]
            case .killedAfter, .deposedAfter: ["action": "holdAfter"]
            case .conflict: ["action": "answer", "status": 409]
            case .throttled: ["action": "answer", "status": 429]
            case .serverError: ["action": "answer", "status": 500]
            case .droppedBefore: ["action": "dropBefore"]
            case .droppedAfter: ["action": "dropAfter"]
            }
        var wish = action
        wish["client"] = .string(client)
        wish["number"] = JSONValue(number)
        return wish
    }
}
