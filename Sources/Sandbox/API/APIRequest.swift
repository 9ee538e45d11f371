/// A request as the API sees it, whatever brought it here.
struct APIRequest: Sendable {
    let method: String
    /// The path as it was sent, still percent-encoded.
    let path: String
    let query: RequestQuery
    /// Header fields by lower-case name.
    let headers: [String: String]
    var body: [UInt8]

    init(method: String, uri: String, headers: [String: String] = [:], body: [UInt8] = []) {
        self.method = method
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts.first ?? "/")
        query = RequestQuery(parts.count > 1 ? String(parts[1]) : "")
        self.headers = headers
        self.body = body
    }

    var accept: String { headers["accept"] ?? "" }

    /// The media type of the body without its parameters; empty when none was named.
    var contentType: String {
        let field = headers["content-type"] ?? ""
        return field.prefix { $0 != ";" }.trimmed.lowercased()
    }

    var userAgent: String { headers["user-agent"] ?? "" }

    /// The name that writes are recorded under when the request names none: the user agent up to its slash.
    var defaultFieldManager: String {
        let agent = userAgent.prefix { $0 != "/" }
        return String(agent.prefix(128))
    }
}

/// The query of a request: names with their values, in the order sent.
struct RequestQuery: Sendable {
    private let items: [(name: String, value: String)]

    init(_ text: String) {
        items = text.split(separator: "&").map { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? String(parts[1]) : ""
            return (PercentEncoding.decodeQuery(String(parts[0])), PercentEncoding.decodeQuery(value))
        }
    }

    /// The first value of that name, or nil when the name does not occur.
    subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    func values(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }
}

/// Percent-encoding of URLs.
enum PercentEncoding {
    /// Decodes a query's text, in which a plus is a space.
    static func decodeQuery(_ text: String) -> String {
        decode(text.contains("+") ? String(text.map { $0 == "+" ? " " : $0 }) : text)
    }

    /// Decodes a path's segment; a percent sign without two digits after it stays as it is.
    static func decode(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let high = digit(rest[rest.startIndex]),
                let low = digit(rest[rest.startIndex + 1])
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension StringProtocol {
    /// The text without spaces and tabs around it.
    var trimmed: String {
        var part = self[...]
        while let first = part.first, first == " " || first == "\t" { part = part.dropFirst() }
        while let last = part.last, last == " " || last == "\t" { part = part.dropLast() }
        return String(part)
    }
}
