import JSON
import Synchronization

/// The faults that tests have asked for, and how far each is.
///
/// With them a test stops a client at any of its requests, so that no client needs a hook for being tested.
final class FaultBoard: Sendable {
    private struct Entry: Sendable {
        let fault: Fault
        /// The counted requests so far, each as its method and address.
        var seen: [String] = []

        func counts(_ request: APIRequest) -> Bool {
            seen.count < FaultBoard.limit && fault.counts(request)
        }

        mutating func meet(_ request: String) -> Fault.Action {
            seen.append(request)
            return seen.count == fault.number ? fault.action : .none
        }
    }

    private struct State: Sendable {
        var entries: [Int: Entry] = [:]
        var last = 0
    }

    /// The most requests that are told of one fault; counting goes on.
    private static let limit = 1000

    private let state = Mutex(State())

    /// Begins to count; gives the name by which the fault is asked about.
    func arm(_ fault: Fault) -> Int {
        state.withLock { state in
            state.last += 1
            state.entries[state.last] = Entry(fault: fault)
            return state.last
        }
    }

    func disarm(_ name: Int) { state.withLock { $0.entries[name] = nil } }

    /// Counts a request that has arrived; what is to happen to it.
    func meet(_ request: APIRequest) -> Fault.Action {
        state.withLock { state in
            var action = Fault.Action.none
            // By position, as a loop over the entries would have them all copied by the first append.
            for position in state.entries.values.indices where state.entries.values[position].counts(request) {
                let met = state.entries.values[position].meet("\(request.method) \(request.path)")
                if met != .none { action = met }
            }
            return action
        }
    }

    /// How far a fault is: how many requests counted, which, and whether its own was among them; nil when there is none.
    func report(_ name: Int) -> JSONValue? {
        state.withLock { $0.entries[name] }.map { entry in
            [
                "id": JSONValue(name), "seen": JSONValue(entry.seen.count),
                "reached": .bool(entry.fault.number > 0 && entry.seen.count >= entry.fault.number),
                "requests": JSONValue(entry.seen),
            ]
        }
    }
}
