import JSON
import KubernetesAPI
import YAML

/// The object in a request's body, with the fields that stand there twice.
struct RequestBody {
    private(set) var object: JSONValue
    let duplicateFields: [String]

    private static let accepted = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]

    /// Reads the object that a POST or PUT sends.
    init(_ request: APIRequest, kind: ServedKind) throws(APIFailure) {
        let unrecognized = "the object provided is unrecognized (must be of type \(kind.resource.kind)): "
        switch request.contentType {
        case "", "application/json":
            do throws(JSONError) {
                (object, duplicateFields) = try JSONDocument.value(of: request.body)
            } catch {
                let complaint = GoSyntax.complaint(request.body) ?? error.message
                throw .badRequest(
                    "\(unrecognized)couldn't get version/kind; json parse error: \(complaint) "
                        + "(\(Self.summary(request.body)))"
                )
            }
        case "application/yaml", "text/yaml", "application/x-yaml":
            object = try Self.yaml(request.body) { "\(unrecognized)couldn't get version/kind; \($0)" }
            duplicateFields = []
        case ProtobufBody.mediaType where !kind.traits.isCustom:
            object = try Self.protobuf(request.body)
            duplicateFields = []
        default:
            throw .unsupportedMediaType(Self.accepted)
        }
        guard object.object != nil else {
            throw .badRequest("\(unrecognized)the body is no object (\(Self.summary(request.body)))")
        }
        if !kind.traits.isCustom { Self.fillType(&object, kind) }
        guard let name = object["kind"]?.string, !name.isEmpty else {
            throw .badRequest(
                "\(unrecognized)Object 'Kind' is missing in '\(String(decoding: request.body, as: UTF8.self))' "
                    + "(\(Self.summary(request.body)))"
            )
        }
        guard let version = object["apiVersion"]?.string, version == kind.resource.apiVersion else {
            throw .badRequest(
                "the API version in the data (\(object["apiVersion"]?.string ?? "")) does not match the expected API "
                    + "version (\(kind.resource.apiVersion))"
            )
        }
        try Self.check(kind: name, of: object, kind)
    }

    /// Built-in kinds may leave out what the address says already.
    private static func fillType(_ object: inout JSONValue, _ kind: ServedKind) {
        if (object["kind"]?.string ?? "").isEmpty { object["kind"] = .string(kind.resource.kind) }
        if (object["apiVersion"]?.string ?? "").isEmpty { object["apiVersion"] = .string(kind.resource.apiVersion) }
    }

    /// Refuses an object of another kind than the address's.
    static func check(kind name: String, of object: JSONValue, _ kind: ServedKind) throws(APIFailure) {
        guard name != kind.resource.kind else { return }
        guard kind.traits.isCustom else {
            throw .badRequest(
                "\(name) in version \"\(kind.resource.version)\" cannot be handled as a \(kind.resource.kind): no kind "
                    + "\"\(name)\" matches this address"
            )
        }
        throw .invalid(
            kind: name,
            group: kind.resource.group,
            name: object.at("metadata", "name")?.string ?? "",
            [.invalid("kind", GoText.quoted(name), "must be \(kind.resource.kind)")]
        )
    }

    /// The object of a protobuf body.
    static func protobuf(_ bytes: [UInt8]) throws(APIFailure) -> JSONValue {
        let object: JSONValue?
        do throws(ProtobufMessage.Failure) {
            object = try ProtobufBody.decode(bytes)
        } catch {
            throw .badRequest("the protobuf body cannot be read: \(error.reason)")
        }
        guard let object else { throw .unsupportedMediaType(accepted.dropLast()) }
        return object
    }

    /// The one document of a YAML text; JSON is YAML too.
    static func yaml(_ bytes: [UInt8], failure: (String) -> String) throws(APIFailure) -> JSONValue {
        if let value = try? JSONValue(parsing: bytes) { return value }
        do throws(YAMLError) {
            return try YAML.parse(bytes).first ?? .null
        } catch {
            throw .badRequest(failure("error converting YAML to JSON: yaml: \(Self.words(of: error))"))
        }
    }

    /// A YAML error in the words of Go's decoder, which is the same library told with less context.
    ///
    /// It counts lines from 0 where the grammar is broken, from 1 where a token is, and never says line 0.
    private static func words(of error: YAMLError) -> String {
        var reason = error.message
        if reason.hasPrefix("This is not YAML: ") { reason = String(reason.dropFirst("This is not YAML: ".count)) }
        let isToken = reason.contains("while scanning") || reason.contains("character that cannot start any token")
        if let comma = reason.ranges(of: ", ").last { reason = String(reason[comma.upperBound...]) }
        if reason.hasSuffix(".") { reason.removeLast() }
        let line = isToken ? error.line : error.line - 1
        return line > 0 ? "line \(line): \(reason)" : reason
    }

    /// The beginning of a body as errors quote it.
    private static func summary(_ bytes: [UInt8]) -> String {
        guard let first = bytes.first else { return "<empty>" }
        let beginning = bytes.prefix(30)
        let text = first == UInt8(ascii: "{") ? String(decoding: beginning, as: UTF8.self) : hexadecimal(beginning)
        return bytes.count > 30 ? text + " ..." : text
    }
}
