/// One page of a list.
package struct ListPage: Sendable {
    /// The page as the server wrote it: a list object with `items`.
    package let bytes: [UInt8]
    /// Whether the list begins here.
    ///
    /// True again when it had to begin anew: what came before is then void.
    package let isFirst: Bool
    /// The version of the collection that the page belongs to.
    package let resourceVersion: String
}

/// Goes through a list page by page.
///
/// A continuation that has expired in the middle (410) is followed by one list in a single answer: pages again could
/// expire again.
struct ListPager: Sendable {
    private var options: ListOptions
    private var pages = 0
    private var isWhole = false
    private(set) var isDone = false

    init(_ options: ListOptions) { self.options = options }

    /// What to ask for next; meaningless when done.
    var next: ListOptions { options }

    var isAtStart: Bool { pages == 0 }

    mutating func received(continuation: String) {
        pages += 1
        options.continuation = continuation.isEmpty ? nil : continuation
        isDone = continuation.isEmpty
    }

    /// Whether there is another way after the server has said that what was asked for is too old.
    mutating func expired() -> Bool {
        guard options.continuation != nil, !isWhole else { return false }
        isWhole = true
        pages = 0
        options.continuation = nil
        options.limit = nil
        return true
    }
}
