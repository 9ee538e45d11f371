import JSON

/// Something that befalls an operator at one of its API calls.
struct Point: Hashable, Sendable, CustomStringConvertible {
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
    let call: Call
    /// Which of the same calls, counted from the moment the operation is asked for, from 1.
    let occurrence: Int

    /// Whether another run of the same operation may do without that call, as that depends on when its children change.
    var mayBeMissed: Bool { call.isOptional || occurrence > 1 && call.isMergeable }

    var description: String { "\(kind.rawValue) \(call)\(occurrence > 1 ? " (\(occurrence))" : "")" }

    /// The points at which each of these calls is hit.
    static func points(of calls: [Call], _ kinds: [Kind]) -> [Point] {
        var seen: [Call: Int] = [:]
        return calls.flatMap { call in
            seen[call, default: 0] += 1
            return kinds.map { Point(kind: $0, call: call, occurrence: seen[call] ?? 1) }
        }
    }

    /// What is asked of the sandbox's `/sandbox/faults` for the calls of that client in a namespace.
    func wish(for client: String, in namespace: String) -> JSONValue {
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
        let place: JSONValue = [
            "client": .string(client), "method": .string(call.method), "path": .string(call.path(in: namespace)),
            "number": JSONValue(occurrence),
        ]
        return JSONMergePatch.apply(place, to: action)
    }
}
