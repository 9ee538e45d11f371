import JSON
import KubernetesAPI

/// The small texts inside of objects: what is read and written again means the same.
enum ValuePromises {
    static func check(_ bytes: [UInt8]) throws(BrokenPromise) {
        let text = String(decoding: bytes, as: UTF8.self)
        try checkQuantity(text)
        try checkTimestamp(text)
        try checkSelectors(text)
        try checkPointer(text)
    }

    private static func checkQuantity(_ text: String) throws(BrokenPromise) {
        guard let quantity = Quantity(text) else { return }
        let canonical = quantity.description
        guard let again = Quantity(canonical) else { throw BrokenPromise("\(canonical) is no quantity any more") }
        try promise(again.description == canonical, "\(canonical) is written as \(again.description) the second time")
        // A binary amount's text is whole bytes, rounded up.
        if quantity.format != .binary { try promise(again == quantity, "\(text) changes to \(canonical)") }
        try promise(again.bytes == quantity.bytes, "\(text) has other bytes as \(canonical)")
        _ = (quantity.milli, quantity + quantity, quantity - again, quantity * -3)
    }

    private static func checkTimestamp(_ text: String) throws(BrokenPromise) {
        guard let timestamp = Timestamp(text) else { return }
        let written = timestamp.withMicroseconds
        try promise(Timestamp(written) == timestamp, "\(text) changes to \(written)")
        try promise(Timestamp(timestamp.description) != nil, "\(timestamp.description) is no time any more")
    }

    private static func checkSelectors(_ text: String) throws(BrokenPromise) {
        if let selector = try? LabelSelector(parsing: text) {
            let again = try? LabelSelector(parsing: selector.description)
            try promise(again == selector, "the labels \(text) change to \(selector.description)")
            _ = selector.matches(["app": "a"])
        }
        if let selector = try? FieldSelector(parsing: text) {
            let again = try? FieldSelector(parsing: selector.description)
            try promise(again == selector, "the fields \(text) change to \(selector.description)")
        }
    }

    private static func checkPointer(_ text: String) throws(BrokenPromise) {
        guard let pointer = JSONPointer(text) else { return }
        _ = JSONValue.object(["a": [1, 2]]).at(pointer)
    }
}
