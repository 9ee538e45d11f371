/// One `name=value` of a URL's query, not yet encoded.
package struct QueryItem: Sendable, Equatable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    static func selectors(label: String?, field: String?) -> [QueryItem] {
        [("labelSelector", label), ("fieldSelector", field)].compactMap { name, value in
            guard let value, !value.isEmpty else { return nil }
            return QueryItem(name, value)
        }
    }

    /// A match without a version is refused by the server, except for a watch with initial events.
    static func version(_ version: String?, match: String?) -> [QueryItem] {
        var items: [QueryItem] = []
        if let version, !version.isEmpty { items.append(QueryItem("resourceVersion", version)) }
        if let match { items.append(QueryItem("resourceVersionMatch", match)) }
        return items
    }
}

/// Percent-encoding of RFC 3986.
enum PercentEncoding {
    /// Everything but unreserved characters is encoded, as a value in a query must be.
    static func query(_ text: String) -> String { encode(text) { _ in false } }

    /// A path keeps what may stand in its segments, and the slashes between them.
    static func path(_ text: String) -> String { encode(text) { "/:@!$&'()*+,;=".utf8.contains($0) } }

    private static func encode(_ text: String, keeping isKept: (UInt8) -> Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            if isUnreserved(byte) || isKept(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
