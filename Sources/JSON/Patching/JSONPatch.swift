/// Why a JSON patch could not be applied.
package struct JSONPatchError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of trouble; the API server answers the first with 400 and the others with 422.
    package enum Reason: Sendable, Hashable {
        /// The patch itself is not one: no list, unknown operation, missing member, bad pointer.
        case malformed
        /// The document has no such place.
        case missingPath
        /// A `test` found another value.
        case testFailed
    }

    /// What kind of trouble.
    package let reason: Reason
    /// Which operation, counted from 0; nil when the patch is no list.
    package let operation: Int?
    /// A sentence.
    package let message: String

    /// The operation and the sentence.
    package var description: String {
        operation.map { "Operation \($0) of the JSON patch: \(message)" } ?? message
    }
}

/// JSON patch (RFC 6902): a list of operations, all of them or none.
package enum JSONPatch {
    /// The value after all operations.
    package static func apply(operations: JSONValue, to target: JSONValue) throws(JSONPatchError) -> JSONValue {
        guard case .array(let list) = operations else {
            throw JSONPatchError(reason: .malformed, operation: nil, message: "A JSON patch must be a list.")
        }
        var value = target
        for (number, operation) in list.enumerated() {
            do throws(Failure) {
                value = try apply(operation, to: value)
            } catch {
                throw JSONPatchError(reason: error.reason, operation: number, message: error.message)
            }
        }
        return value
    }

    private struct Failure: Error {
        let reason: JSONPatchError.Reason
        let message: String
    }

    private static func apply(_ operation: JSONValue, to value: JSONValue) throws(Failure) -> JSONValue {
        let path = try pointer("path", of: operation)
        switch operation["op"]?.string {
        case "add": return try set(member("value", of: operation), at: path, in: value, inserting: true)
        case "remove": return try remove(path, from: value).rest
        case "replace": return try set(member("value", of: operation), at: path, in: value, inserting: false)
        case "move":
            let source = try pointer("from", of: operation)
            guard !path.components.starts(with: source.components) || path == source else {
                throw Failure(reason: .malformed, message: "\"\(source)\" cannot be moved into itself.")
            }
            let (moved, rest) = try remove(source, from: value)
            return try set(moved, at: path, in: rest, inserting: true)
        case "copy":
            let source = try pointer("from", of: operation)
            guard let copied = value.at(source) else { throw missing(source) }
            return try set(copied, at: path, in: value, inserting: true)
        case "test":
            guard let found = value.at(path) else { throw missing(path) }
            guard try areEqual(found, member("value", of: operation)) else {
                throw Failure(reason: .testFailed, message: "the value at \"\(path)\" is not the tested one.")
            }
            return value
        case let other:
            throw Failure(reason: .malformed, message: "\"\(other ?? "")\" is no operation of a JSON patch.")
        }
    }

    private static func member(_ name: String, of operation: JSONValue) throws(Failure) -> JSONValue {
        guard let value = operation[name] else {
            throw Failure(reason: .malformed, message: "\"\(name)\" is missing.")
        }
        return value
    }

    private static func pointer(_ name: String, of operation: JSONValue) throws(Failure) -> JSONPointer {
        guard let text = try member(name, of: operation).string, let pointer = JSONPointer(text) else {
            throw Failure(reason: .malformed, message: "\"\(name)\" is no JSON pointer.")
        }
        return pointer
    }

    private static func missing(_ path: JSONPointer) -> Failure {
        Failure(reason: .missingPath, message: "there is nothing at \"\(path)\".")
    }

    /// Equality of RFC 6902: numbers by value, so that 1 equals 1.0.
    private static func areEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.integer, .double), (.double, .integer): left.double == right.double
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { areEqual($0, $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count
                && zip(left, right).allSatisfy {
                    $0.name.utf8.elementsEqual($1.name.utf8) && areEqual($0.value, $1.value)
                }
        default: left == right
        }
    }
}

extension JSONPatch {
    /// Puts a value at a place.
    ///
    /// Inserting moves later items of a list up; otherwise the place must be taken already.
    private static func set(
        _ new: JSONValue,
        at path: JSONPointer,
        in value: JSONValue,
        inserting: Bool
    ) throws(Failure) -> JSONValue {
        guard let last = path.components.last else { return new }
        return try change(path, below: value) { (parent: inout JSONValue) throws(Failure) in
            guard case .array(var items) = parent else {
                guard inserting || parent[last] != nil else { throw missing(path) }
                parent[last] = .some(new)
                return
            }
            let index = inserting && last == "-" ? items.count : JSONPointer.index(last)
            guard let index, index < items.count || (inserting && index == items.count) else { throw missing(path) }
            if inserting { items.insert(new, at: index) } else { items[index] = new }
            parent = .array(items)
        }
    }

    private static func remove(
        _ path: JSONPointer,
        from value: JSONValue
    ) throws(Failure) -> (removed: JSONValue, rest: JSONValue) {
        guard let last = path.components.last else { return (value, .null) }
        guard let removed = value.at(path) else { throw missing(path) }
        let rest = try change(path, below: value) { (parent: inout JSONValue) throws(Failure) in
            guard case .array(var items) = parent, let index = JSONPointer.index(last) else {
                parent[last] = nil
                return
            }
            items.remove(at: index)
            parent = .array(items)
        }
        return (removed, rest)
    }

    /// Changes the container that holds the last step of a path; it must be an object or an array.
    private static func change(
        _ path: JSONPointer,
        depth: Int = 0,
        below value: JSONValue,
        _ body: (inout JSONValue) throws(Failure) -> Void
    ) throws(Failure) -> JSONValue {
        var changed = value
        guard depth < path.components.count - 1 else {
            guard value.object != nil || value.array != nil else { throw missing(path) }
            try body(&changed)
            return changed
        }
        let step = path.components[depth]
        switch value {
        case .object(var fields):
            guard let below = fields[step] else { throw missing(path) }
            fields[step] = try change(path, depth: depth + 1, below: below, body)
            changed = .object(fields)
        case .array(var items):
            guard let index = JSONPointer.index(step), index < items.count else { throw missing(path) }
            items[index] = try change(path, depth: depth + 1, below: items[index], body)
            changed = .array(items)
        default: throw missing(path)
        }
        return changed
    }
}
