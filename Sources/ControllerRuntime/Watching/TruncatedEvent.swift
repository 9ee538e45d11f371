/// What the beginning of a watch event says about its object, where the whole is too large to be read.
///
/// Looks for names and strings alone; what is no JSON gives nothing or nonsense, but never fails.
struct TruncatedEvent {
    private(set) var type: String?
    private(set) var name: String?
    private(set) var namespace: String?
    private(set) var uid: String?
    private(set) var resourceVersion: String?

    private let bytes: [UInt8]
    private var position = 0
    /// The fields that lead to the present place, "" for the document and the items of lists.
    private var path: [String] = []
    private var field: String?

    private static let metadata = ["", "object", "metadata"]
    // Of the strings that are looked for none is longer.
    private static let longestText = 256

    /// Reads as far as the bytes go.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        while position < bytes.count, !isComplete {
            switch bytes[position] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                path.append(field ?? "")
                field = nil
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = path.popLast()
            case UInt8(ascii: "\""): readString()
            default: break
            }
            position += 1
        }
    }

    private var isComplete: Bool { ![type, name, namespace, uid, resourceVersion].contains(nil) }

    /// From one quote to the other, at which the position stays.
    private mutating func readString() {
        let start = position + 1
        position = start
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard position < bytes.count else { return }
        let text = String(decoding: bytes[start..<min(position, start + Self.longestText)], as: UTF8.self)
        let next = bytes[(position + 1)...].first { $0 != UInt8(ascii: " ") }
        if next == UInt8(ascii: ":") {
            field = text
        } else {
            note(text)
            field = nil
        }
    }

    private mutating func note(_ text: String) {
        if path == [""], field == "type" { type = text }
        guard path == Self.metadata else { return }
        switch field {
        case "name": name = text
        case "namespace": namespace = text
        case "uid": uid = text
        case "resourceVersion": resourceVersion = text
        default: break
        }
    }
}
