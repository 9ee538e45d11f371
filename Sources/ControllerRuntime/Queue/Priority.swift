/// How urgent a key in a work queue is.
package struct Priority: Sendable, Hashable, Comparable, CaseIterable {
    /// 0 is the most urgent class; a waiting key rises by one class at a time.
    let step: Int
    /// The name in metrics.
    package let description: String

    /// Work that somebody waits for to be finished, as a deletion with our finalizer.
    package static let high = Priority(step: 0, description: "10")
    /// A change has been seen.
    package static let normal = Priority(step: 1, description: "0")
    /// A try after a failure.
    package static let retry = Priority(step: 2, description: "-10")
    /// Nothing is known to have changed: the first sight of an object after start, or a periodic look.
    package static let low = Priority(step: 3, description: "-100")

    package static let allCases = [high, normal, retry, low]

    package static func < (first: Priority, second: Priority) -> Bool { first.step > second.step }
}
