import Foundation
import JSON
import KubernetesAPI
import Synchronization
import Testing
import YAML

/// Checks an object against the schema of a CustomResourceDefinition as strict field validation does.
struct SchemaChecker {
    private let schema: JSONValue

    /// From the definition of the kind in the design documents; nil where those are not there, or not the kind.
    init?(_ resource: ResourceType) throws {
        guard
            let schema = try Self.schemas.withLock({ (known) throws in
                if known[resource] == nil { known[resource] = try Self.read(resource) }
                return known[resource]
            })
        else { return nil }
        self.schema = schema
    }

    /// The definitions are large: each is read once.
    private static let schemas = Mutex<[ResourceType: JSONValue]>([:])

    /// The published definitions; nil where they are not beside this checkout.
    static let folder: URL? = {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath()
            .appending(path: "../../../../../shared/crds").standardized
        return FileManager.default.fileExists(atPath: root.path) ? root : nil
    }()

    private static func read(_ resource: ResourceType) throws -> JSONValue? {
        guard let folder, let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        else { return nil }
        let names = ["\(resource.group)_\(resource.plural).yaml", "-Crd-\(resource.kind.lowercased()).yaml"]
        for case let file as URL in files where names.contains(where: file.lastPathComponent.hasSuffix) {
            let definition = try YAML.parse(Array(try Data(contentsOf: file))).first
            guard definition?.at("spec", "group")?.string == resource.group else { continue }
            let versions = try #require(definition?.at("spec", "versions")?.array)
            let version = versions.first { $0["name"]?.string == resource.version }
            return try #require(version?.at("schema", "openAPIV3Schema"), "\(resource) is not in \(file)")
        }
        return nil
    }

    /// What the API server would refuse or drop.
    func problems(_ object: JSONValue) -> [String] {
        var checked = object
        checked["apiVersion"] = nil
        checked["kind"] = nil
        checked["metadata"] = nil
        return Self.check(checked, schema, "")
    }

    private static func check(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
        if schema["x-kubernetes-int-or-string"]?.bool == true {
            return value.string == nil && value.integer == nil ? ["\(path): neither integer nor string"] : []
        }
        if let allowed = schema["enum"]?.array, !allowed.contains(value) { return ["\(path): \(value) is not allowed"] }
        switch schema["type"]?.string {
        case "object": return checkObject(value, schema, path)
        case "array":
            guard let items = value.array else { return ["\(path): not a list"] }
            if items.isEmpty { return ["\(path): an empty list is sent"] }
            return items.enumerated().flatMap { check($1, schema["items"] ?? [:], "\(path)[\($0)]") }
        case "string": return checkString(value, schema, path)
        case "integer":
            guard let number = value.integer else { return ["\(path): not an integer"] }
            let low = schema["minimum"]?.integer ?? .min
            return number < low ? ["\(path): less than \(low)"] : []
        case "boolean": return value.bool == nil ? ["\(path): not a boolean"] : []
        default: return []
        }
    }

    private static func checkObject(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
        guard let fields = value.object else { return ["\(path): not an object"] }
        var problems = (schema["required"]?.array ?? []).compactMap(\.string).filter { fields[$0] == nil }
            .filter { !(path.isEmpty && $0 == "metadata") }.map { "\(path): \($0) is missing" }
        for field in fields {
            let place = path.isEmpty ? field.name : "\(path).\(field.name)"
            if let known = schema["properties"]?[field.name] {
                problems += check(field.value, known, place)
            } else if let additional = schema["additionalProperties"], additional.object != nil {
                problems += check(field.value, additional, place)
            } else if schema["x-kubernetes-preserve-unknown-fields"]?.bool != true,
                schema["properties"] != nil || path.isEmpty
            {
                problems.append("\(place): unknown field")
            }
        }
        return problems
    }

    private static func checkString(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
        guard let text = value.string else { return ["\(path): not a string"] }
        if text.isEmpty { return ["\(path): an empty string is sent"] }
        guard let pattern = schema["pattern"]?.string, let regex = try? Regex(pattern) else { return [] }
        return text.firstMatch(of: regex) == nil ? ["\(path): \(text) does not match \(pattern)"] : []
    }
}
