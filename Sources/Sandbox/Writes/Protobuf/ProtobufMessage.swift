import JSON
import KubernetesAPI

/// The fields of one protobuf message that stand for fields of JSON.
struct ProtobufMessage: Sendable {
    indirect enum Field: Sendable {
        case string
        /// A text that means something when it is empty, as the name of the core group does.
        case possiblyEmptyString
        case bytes
        /// A number whose zero means something, as in a pointer.
        case integer
        case bool
        case time
        case intOrString
        case stringMap
        case bytesMap
        case message(ProtobufMessage)
        case list(Field)
        /// What the server does not take from a client anyway.
        case ignored
    }

    /// A text that is no such message, or has a field that is not known here.
    struct Failure: Error {
        let reason: String
    }

    let fields: [UInt64: (name: String, field: Field)]

    init(_ fields: [UInt64: (String, Field)]) { self.fields = fields.mapValues { (name: $0.0, field: $0.1) } }

    /// The JSON of a message.
    ///
    /// Empty texts and messages are left out, since Go writes them for what is not there.
    func decode(_ bytes: ArraySlice<UInt8>) throws(Failure) -> JSONValue {
        var reader = ProtobufReader(bytes)
        var object = JSONObject()
        while let (number, raw) = try reader.next() {
            guard let (name, field) = fields[number] else {
                throw Failure(reason: "field \(number) is not known to the sandbox; send JSON instead")
            }
            switch field {
            case .list(let item):
                guard let value = try Self.value(raw, item) else { continue }
                object[name] = .array((object[name]?.array ?? []) + [value])
            case .stringMap, .bytesMap:
                let (key, value) = try Self.entry(raw, field)
                var map = object[name] ?? [:]
                map[key] = value
                object[name] = map
            default:
                if let value = try Self.value(raw, field) { object[name] = value }
            }
        }
        return .object(object)
    }

    private static func value(_ raw: ProtobufReader.Raw, _ field: Field) throws(Failure) -> JSONValue? {
        switch (field, raw) {
        case (.string, .bytes(let bytes)):
            return bytes.isEmpty ? Optional.none : .string(String(decoding: bytes, as: UTF8.self))
        case (.possiblyEmptyString, .bytes(let bytes)): return .string(String(decoding: bytes, as: UTF8.self))
        case (.bytes, .bytes(let bytes)): return .string(Base64.encode(bytes))
        case (.integer, .number(let number)): return .integer(Int64(bitPattern: number))
        case (.bool, .number(let number)): return .bool(number != 0)
        case (.message(let message), .bytes(let bytes)):
            let value = try message.decode(bytes)
            return value == [:] ? Optional.none : value
        case (.time, .bytes(let bytes)):
            let time = try ProtobufMessage([1: ("seconds", .integer), 2: ("nanos", .integer)]).decode(bytes)
            return time["seconds"]?.integer.map { .string(Timestamp(seconds: $0).description) }
        case (.intOrString, .bytes(let bytes)):
            let fields: [UInt64: (String, Field)] = [
                1: ("type", .integer), 2: ("number", .integer), 3: ("text", .string),
            ]
            let value = try ProtobufMessage(fields).decode(bytes)
            if value["type"] == 1 { return value["text"] }
            return value["number"] == 0 ? Optional.none : value["number"]
        case (.ignored, _): return nil
        default: throw Failure(reason: "a field has another type than expected")
        }
    }

    /// One entry of a map, which is a message of a key and a value.
    private static func entry(_ raw: ProtobufReader.Raw, _ field: Field) throws(Failure) -> (String, JSONValue) {
        guard case .bytes(let bytes) = raw else { throw Failure(reason: "a map is expected") }
        var reader = ProtobufReader(bytes)
        var key = ""
        var value: ArraySlice<UInt8> = []
        while let (number, raw) = try reader.next() {
            guard case .bytes(let part) = raw else { throw Failure(reason: "a map of texts is expected") }
            if number == 1 { key = String(decoding: part, as: UTF8.self) } else { value = part }
        }
        if case .bytesMap = field { return (key, .string(Base64.encode(value))) }
        return (key, .string(String(decoding: value, as: UTF8.self)))
    }
}

/// The fields of a message as they stand on the wire.
struct ProtobufReader {
    enum Raw {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next field with its number; nil at the end.
    mutating func next() throws(ProtobufMessage.Failure) -> (UInt64, Raw)? {
        guard !rest.isEmpty else { return nil }
        let tag = try variableLength()
        switch tag & 7 {
        case 0: return (tag >> 3, .number(try variableLength()))
        case 1: return (tag >> 3, .bytes(try take(8)))
        case 2: return (tag >> 3, .bytes(try take(try variableLength())))
        case 5: return (tag >> 3, .bytes(try take(4)))
        default: throw ProtobufMessage.Failure(reason: "a field of unknown form")
        }
    }

    private mutating func variableLength() throws(ProtobufMessage.Failure) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw ProtobufMessage.Failure(reason: "a number does not end")
    }

    private mutating func take(_ count: UInt64) throws(ProtobufMessage.Failure) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw ProtobufMessage.Failure(reason: "unexpected end") }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }
}
