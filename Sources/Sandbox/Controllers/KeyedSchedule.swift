import KubernetesAPI

/// Which objects are to be looked at, and when; one entry an object, the earliest time wins.
struct KeyedSchedule: Sendable {
    private var times: [ObjectReference: Timestamp] = [:]

    /// The next time at which something is due.
    var next: Timestamp? { times.values.min() }

    mutating func add(_ object: ObjectReference, at time: Timestamp) {
        if let earlier = times[object], earlier <= time { return }
        times[object] = time
    }

    /// Takes out what is due, the longest overdue first.
    mutating func take(now: Timestamp) -> [ObjectReference] {
        let due = times.filter { $0.value <= now }
        for object in due.keys { times[object] = nil }
        return due.sorted {
            $0.value == $1.value ? $0.key.key < $1.key.key : $0.value < $1.value
        }.map(\.key)
    }
}
