import Glibc
package import JSON

/// A moment, to the microsecond.
///
/// Written as RFC 3339 in UTC: with whole seconds as `metav1.Time` is, or with six digits as `metav1.MicroTime` is.
package struct Timestamp: Hashable, Sendable {
    /// Microseconds since the beginning of 1970 in UTC; negative before.
    package let microseconds: Int64

    /// The moment so many microseconds after the beginning of 1970.
    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// The moment so many seconds after the beginning of 1970.
    package init(seconds: Int64) { self.init(microseconds: seconds * 1_000_000) }

    /// The moment of the system's clock.
    package static var now: Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    /// The last whole second of 1970's count at or before the moment.
    package var seconds: Int64 { floorDivision(microseconds, 1_000_000).quotient }

    /// The same moment without the fraction of its second.
    package var wholeSecond: Timestamp { Timestamp(seconds: seconds) }

    /// Reads a string field; an error when it is no time.
    package init(from element: JSONElement) throws(JSONError) {
        guard let text = element.string, let time = Timestamp(text) else {
            throw element.mismatch("a time as 2026-11-01T12:00:00Z")
        }
        self = time
    }

    /// As a string with whole seconds.
    package var json: JSONValue { .string(description) }
}

extension Timestamp: Comparable {
    /// Whether the first moment is earlier.
    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    /// The time from the second moment to the first.
    package static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }

    /// The moment that much later; fractions of a microsecond are dropped.
    package static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        return Timestamp(microseconds: moment.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }

    /// The moment that much earlier.
    package static func - (moment: Timestamp, duration: Duration) -> Timestamp { moment + (.zero - duration) }
}

/// Division that rounds down also below zero.
func floorDivision(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}
