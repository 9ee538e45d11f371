import JSON
import KubernetesAPI

/// What of a built-in kind cannot even be read, because Go's types would not hold it.
enum BuiltInDecoding {
    /// Refuses a value of another type than the kind has there, and bytes that are no Base64.
    static func check(_ object: JSONValue, _ kind: ServedKind) throws(APIFailure) {
        let name = kind.resource.kind
        let prefix = "\(name) in version \"\(kind.resource.version)\" cannot be handled as a \(name): "
        for error in kind.schema.validate(object, old: nil) where error.kind == .typeInvalid {
            guard case .json(.string(let found)) = error.value, found != "null", let wanted = goType(error.detail)
            else { continue }
            let path = error.field.replacing(/\[\d+\]/, with: "")
            let got = found == "integer" ? "number" : found == "boolean" ? "bool" : found
            throw .badRequest(
                "\(prefix)json: cannot unmarshal \(got) into Go struct field \(name).\(path) of type \(wanted)"
            )
        }
        let bytes = kind.place.plural == "secrets" ? "data" : kind.place.plural == "configmaps" ? "binaryData" : nil
        guard let bytes else { return }
        for field in object[bytes]?.object ?? [:] {
            do throws(Base64.Illegal) {
                _ = try Base64.decode(field.value.string ?? "")
            } catch {
                throw .badRequest("\(prefix)illegal base64 data at input byte \(error.position)")
            }
        }
    }

    /// The Go type behind "must be of type …"; nil for formats, which Go reads itself.
    private static func goType(_ detail: String) -> String? {
        guard let range = detail.firstRange(of: "must be of type ") else { return nil }
        switch detail[range.upperBound...].prefix(while: { $0 != ":" }) {
        case "string": return "string"
        case "integer": return "int32"
        case "boolean": return "bool"
        case "object": return "map[string]interface {}"
        case "array": return "[]interface {}"
        default: return nil
        }
    }
}
