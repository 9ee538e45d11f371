import JSON

/// A set of places in an object, as the `fieldsV1` of managed fields writes it.
///
/// A tree of path elements, each kept in its written form: `f:name`, `k:{"port":80}`, `v:"a"` or `i:0`
/// (`sigs.k8s.io/structured-merge-diff`, fieldpath). The operations take time linear in both sets.
struct FieldPathSet: Sendable, Equatable {
    struct Child: Sendable, Equatable {
        let element: String
        var places: FieldPathSet
    }

    /// Whether this place itself belongs to the set, beside those below.
    var isMember = false
    /// Sorted by element; none of them is empty.
    private(set) var children: [Child] = []

    init() {}

    init(isMember: Bool) { self.isMember = isMember }

    /// The set that holds the given paths of field names with nothing below them.
    init(fields paths: [[String]]) {
        for path in paths {
            var places = FieldPathSet(isMember: true)
            for name in path.reversed() {
                var parent = FieldPathSet()
                parent.attach(places, at: "f:" + name)
                places = parent
            }
            self = union(places)
        }
    }

    var isEmpty: Bool { !isMember && children.isEmpty }

    subscript(element: String) -> FieldPathSet? {
        let position = position(of: element)
        guard position < children.count, children[position].element == element else { return nil }
        return children[position].places
    }

    /// Adds the places below an element; nothing happens when there are none.
    mutating func attach(_ places: FieldPathSet, at element: String) {
        guard !places.isEmpty else { return }
        let position = position(of: element)
        if position < children.count, children[position].element == element {
            children[position].places = children[position].places.union(places)
        } else {
            children.insert(Child(element: element, places: places), at: position)
        }
    }

    private func position(of element: String) -> Int {
        guard let last = children.last, !(last.element < element) else { return children.count }
        var low = 0
        var high = children.count
        while low < high {
            let middle = (low + high) / 2
            if children[middle].element < element { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension FieldPathSet {
    func union(_ other: FieldPathSet) -> FieldPathSet {
        if other.isEmpty { return self }
        if isEmpty { return other }
        return combined(other, isMember: isMember || other.isMember, keeping: .either) { $0.union($1) }
    }

    func intersection(_ other: FieldPathSet) -> FieldPathSet {
        if isEmpty || other.isEmpty { return FieldPathSet() }
        return combined(other, isMember: isMember && other.isMember, keeping: .both) {
            $0.intersection($1)
        }
    }

    /// The places that are not places of the other set; what is below those stays.
    func subtracting(_ other: FieldPathSet) -> FieldPathSet {
        if isEmpty || other.isEmpty { return self }
        return combined(other, isMember: isMember && !other.isMember, keeping: .mine) {
            $0.subtracting($1)
        }
    }

    /// The places that are neither places of the other set nor below one.
    func subtractingTrees(_ other: FieldPathSet) -> FieldPathSet {
        if isEmpty || other.isEmpty { return self }
        if other.isMember { return FieldPathSet() }
        return combined(other, isMember: isMember, keeping: .mine) {
            $0.subtractingTrees($1)
        }
    }

    /// Which children stay that only one of the sets has.
    private enum Kept { case both, mine, either }

    /// One pass along both lists of children.
    private func combined(
        _ other: FieldPathSet,
        isMember: Bool,
        keeping kept: Kept,
        both: (FieldPathSet, FieldPathSet) -> FieldPathSet
    ) -> FieldPathSet {
        var result = FieldPathSet(isMember: isMember)
        var left = children[...]
        var right = other.children[...]
        func keep(_ element: String, _ places: FieldPathSet?) {
            if let places, !places.isEmpty { result.children.append(Child(element: element, places: places)) }
        }
        while let mine = left.first, let theirs = right.first {
            if mine.element == theirs.element {
                keep(mine.element, both(mine.places, theirs.places))
                left.removeFirst()
                right.removeFirst()
            } else if mine.element < theirs.element {
                keep(mine.element, kept == .both ? nil : mine.places)
                left.removeFirst()
            } else {
                keep(theirs.element, kept == .either ? theirs.places : nil)
                right.removeFirst()
            }
        }
        for mine in left { keep(mine.element, kept == .both ? nil : mine.places) }
        for theirs in right { keep(theirs.element, kept == .either ? theirs.places : nil) }
        return result
    }

    /// The set with declared fields added as places wherever there are places below them.
    ///
    /// Removing the last owned field of a structure then removes the structure.
    func withDeclaredParents(_ type: FieldType) -> FieldPathSet {
        var result = FieldPathSet(isMember: isMember)
        for child in children {
            if child.element.utf8.first == UInt8(ascii: "f") {
                let field = type.field(String(child.element.dropFirst(2)))
                var places = child.places.withDeclaredParents(field.type)
                if field.isDeclared { places.isMember = true }
                result.children.append(Child(element: child.element, places: places))
            } else {
                let places = child.places.withDeclaredParents(type.item)
                result.children.append(Child(element: child.element, places: places))
            }
        }
        return result
    }

    /// Every path, a place before those below it, as structured-merge-diff prints them: `.spec.ports[port=80].name`.
    var paths: [String] {
        var paths: [String] = []
        collect(prefix: "", &paths)
        return paths
    }

    private func collect(prefix: String, _ paths: inout [String]) {
        for child in children where child.places.isMember { paths.append(prefix + PathElement.shown(child.element)) }
        for child in children where !child.places.children.isEmpty {
            child.places.collect(prefix: prefix + PathElement.shown(child.element), &paths)
        }
    }
}

extension FieldPathSet {
    /// Reads `fieldsV1`; anything but an object is the empty set.
    init(fieldsV1 value: JSONValue) {
        for field in value.object ?? JSONObject() where field.name != "." {
            var places = FieldPathSet(fieldsV1: field.value)
            if places.isEmpty || field.value["."] != nil { places.isMember = true }
            attach(places, at: field.name)
        }
    }

    /// The set as `fieldsV1`.
    var fieldsV1: JSONValue {
        var fields = JSONObject()
        fields.reserveCapacity(children.count + 1)
        if isMember, !children.isEmpty { fields["."] = [:] }
        for child in children { fields[child.element] = child.places.fieldsV1 }
        return .object(fields)
    }
}
