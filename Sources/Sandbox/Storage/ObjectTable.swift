/// What happened to an object.
struct StoredEvent: Sendable {
    enum Kind: Sendable {
        case added
        case modified
        case deleted
    }

    let kind: Kind
    let revision: UInt64
    /// The object after the event; for a deletion the last state, stamped with the deletion's revision.
    let object: StoredObject
    /// The object before the event; nil when it was created.
    let previous: StoredObject?
}

/// The objects of one kind in the order of their paths, and the latest events among them.
struct ObjectTable: Sendable {
    private(set) var objects: [StoredObject] = []
    private(set) var history: [StoredEvent] = []
    /// Events up to this revision are forgotten; a watch from before it must list again.
    private(set) var forgotten: UInt64
    private let window: Int

    init(since revision: UInt64, window: Int) {
        forgotten = revision
        self.window = window
    }

    subscript(path: String) -> StoredObject? {
        let position = position(of: path)
        return position < objects.count && objects[position].path == path ? objects[position] : nil
    }

    /// Puts the event's object into its place and remembers the event.
    mutating func record(_ event: StoredEvent) {
        let position = position(of: event.object.path)
        let isThere = position < objects.count && objects[position].path == event.object.path
        switch (event.kind, isThere) {
        case (.deleted, true): objects.remove(at: position)
        case (.deleted, false): break
        case (_, true): objects[position] = event.object
        case (_, false): objects.insert(event.object, at: position)
        }
        history.append(event)
        // Twice the window before a cut, so that remembering an event costs the same however long the history is.
        if history.count > 2 * window {
            forgotten = history[history.count - window - 1].revision
            history.removeFirst(history.count - window)
        }
    }

    /// The events after a revision, at most so many; nil when some of them are forgotten.
    func events(after revision: UInt64, limit: Int) -> [StoredEvent]? {
        guard revision >= forgotten else { return nil }
        var low = 0
        var high = history.count
        while low < high {
            let middle = (low + high) / 2
            if history[middle].revision <= revision { low = middle + 1 } else { high = middle }
        }
        return Array(history[low..<min(history.count, low + limit)])
    }

    /// The objects as they were at a revision; nil when that is too long ago.
    func objects(at revision: UInt64) -> [StoredObject]? {
        guard revision >= forgotten else { return nil }
        var past = self
        for event in history.reversed() {
            guard event.revision > revision else { break }
            past.undo(event)
        }
        return past.objects
    }

    /// The part of the objects that a namespace holds; all of them when nil.
    func objects(in namespace: String?) -> ArraySlice<StoredObject> {
        guard let namespace else { return objects[...] }
        // "0" is the character after "/".
        return objects[position(of: namespace + "/")..<position(of: namespace + "0")]
    }

    private mutating func undo(_ event: StoredEvent) {
        let position = position(of: event.object.path)
        let isThere = position < objects.count && objects[position].path == event.object.path
        switch (event.previous, isThere) {
        case (let previous?, true): objects[position] = previous
        case (let previous?, false): objects.insert(previous, at: position)
        case (nil, true): objects.remove(at: position)
        case (nil, false): break
        }
    }

    private func position(of path: String) -> Int {
        var low = 0
        var high = objects.count
        while low < high {
            let middle = (low + high) / 2
            if objects[middle].path < path { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
