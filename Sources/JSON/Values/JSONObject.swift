/// The fields of a JSON object, always in the order of their names.
///
/// The order is that of the names' UTF-8 bytes, as Go's encoder writes maps; so two equal objects are written as the
/// same bytes, and finding a field is a binary search. Names occur once; names that differ in bytes are different
/// names, also when Swift's `==` takes them for the same text.
package struct JSONObject: Sendable, Hashable {
    /// A name and its value.
    package struct Field: Sendable, Hashable {
        /// The name, any text.
        package let name: String
        /// The value; changing it does not move the field.
        package var value: JSONValue

        /// A field of an object that is built elsewhere.
        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }

        /// Whether name and value are the same; names are the same when their bytes are.
        package static func == (left: Self, right: Self) -> Bool {
            ByteOrder.areEqual(left.name, right.name) && left.value == right.value
        }
    }

    private var fields: [Field]

    /// An object without fields.
    package init() { fields = [] }

    /// From fields in any order; of two with the same name the later one stays.
    package init(_ pairs: some Sequence<(String, JSONValue)>) {
        self.init(unordered: pairs.map { Field(name: $0.0, value: $0.1) })
    }

    /// From fields in any order; of two with the same name the later one stays.
    ///
    /// O(n log n), O(n) when in order.
    init(unordered: [Field]) {
        let isInOrder = zip(unordered, unordered.dropFirst()).allSatisfy { ByteOrder.precedes($0.name, $1.name) }
        guard !isInOrder else {
            fields = unordered
            return
        }
        let order = unordered.indices.sorted { left, right in
            let names = ByteOrder.compare(unordered[left].name, unordered[right].name)
            return names == 0 ? left < right : names < 0
        }
        fields = []
        fields.reserveCapacity(unordered.count)
        for index in order {
            if let last = fields.last, ByteOrder.areEqual(last.name, unordered[index].name) { fields.removeLast() }
            fields.append(unordered[index])
        }
    }

    /// The value of a field; writing nil removes it.
    ///
    /// O(log n) to read, O(n) to add elsewhere than at the end.
    package subscript(name: String) -> JSONValue? {
        get {
            let position = position(of: name)
            guard position < fields.count, ByteOrder.areEqual(fields[position].name, name) else { return nil }
            return fields[position].value
        }
        set {
            let position = position(of: name)
            let isThere = position < fields.count && ByteOrder.areEqual(fields[position].name, name)
            switch (newValue, isThere) {
            case (let value?, true): fields[position].value = value
            case (let value?, false): fields.insert(Field(name: name, value: value), at: position)
            case (nil, true): fields.remove(at: position)
            case (nil, false): break
            }
        }
    }

    /// The names, in order.
    package var names: [String] { fields.map(\.name) }

    /// Makes room for so many fields in all.
    package mutating func reserveCapacity(_ count: Int) { fields.reserveCapacity(count) }

    /// Where a field of that name is or would be.
    ///
    /// Fields mostly arrive in order, so the end is looked at first.
    private func position(of name: String) -> Int {
        guard let last = fields.last, !ByteOrder.precedes(last.name, name) else { return fields.count }
        var low = 0
        var high = fields.count
        while low < high {
            let middle = (low + high) / 2
            if ByteOrder.precedes(fields[middle].name, name) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension JSONObject: RandomAccessCollection {
    /// Always 0.
    package var startIndex: Int { fields.startIndex }
    /// The number of fields.
    package var endIndex: Int { fields.endIndex }
    /// The field at a place in the order of the names.
    package subscript(position: Int) -> Field { fields[position] }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// An object; of two fields with the same name the later one stays.
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}
