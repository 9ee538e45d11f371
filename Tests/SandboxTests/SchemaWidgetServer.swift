import Foundation
import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

/// As much of an API server as the recorded conversations about widgets need: the rooms under test, and a dictionary.
struct WidgetServer {
    struct Answer {
        let code: Int
        let body: JSONValue
        var warnings: [String] = []
    }

    private let schema: StructuralSchema
    private let version: JSONValue
    private var stored: [String: JSONValue] = [:]
    private var revision = 1

    init(definition: JSONValue) throws {
        version = try #require(definition.at("spec", "versions")?[0])
        schema = try StructuralSchema(compiling: try #require(version.at("schema", "openAPIV3Schema")))
    }

    private func fields(_ subresource: String?) -> FieldManagement {
        FieldManagement(
            schema: schema,
            apiVersion: "lab.example.com/v1",
            kind: "Widget",
            hasStatus: true,
            subresource: subresource
        )
    }

    mutating func create(_ body: JSONValue) -> Answer {
        var object = body
        let unknown = schema.prune(&object)
        object["status"] = nil
        schema.applyDefaults(to: &object)
        object["metadata"]?["namespace"] = "default"
        object["metadata"]?["generation"] = 1
        object["metadata"]?["creationTimestamp"] = "2026-01-01T00:00:00Z"
        object["metadata"]?["uid"] = .string(UUID().uuidString.lowercased())
        let errors =
            schema.validate(object, old: nil)
            + schema.duplicateItems(in: object)
        if let refusal = refusal(errors, object) { return refusal }
        object = fields(nil).update(before: nil, after: object, manager: "python-requests", now: .now)
        return Answer(
            code: 201,
            body: store(object),
            warnings: StrictDecoding.complaints(duplicates: [], unknown: unknown)
        )
    }

    mutating func write(
        _ name: String,
        _ subresource: String?,
        manager: String,
        _ change: (JSONValue) throws -> JSONValue
    )
        throws -> Answer
    {
        guard let old = stored[name] else { return Answer(code: 404, body: [:]) }
        var new = try change(old)
        _ = schema.prune(&new)
        schema.applyDefaults(to: &new)
        if let version = new.at("metadata", "resourceVersion"), version != old.at("metadata", "resourceVersion") {
            return Answer(code: 409, body: [:])
        }
        return finish(
            fields(subresource).update(before: old, after: new, manager: manager, now: .now),
            old,
            subresource
        )
    }

    mutating func apply(
        _ name: String,
        _ subresource: String?,
        _ body: JSONValue,
        manager: String,
        force: Bool
    ) -> Answer {
        let old = stored[name]
        if let version = body.at("metadata", "resourceVersion"), version != old?.at("metadata", "resourceVersion"),
            !manager.isEmpty
        {
            return Answer(code: 409, body: [:])
        }
        do {
            var new = try fields(subresource).apply(live: old, applied: body, manager: manager, force: force, now: .now)
            if let old { return finish(new, old, subresource) }
            schema.applyDefaults(to: &new)
            new["metadata"]?["namespace"] = "default"
            new["metadata"]?["generation"] = 1
            new["metadata"]?["creationTimestamp"] = "2026-01-01T00:00:00Z"
            new["metadata"]?["uid"] = .string(UUID().uuidString.lowercased())
            if let refusal = refusal(schema.validate(new, old: nil), new) { return refusal }
            return Answer(code: 201, body: store(new))
        } catch {
            guard case .conflicts(let conflicts) = error else {
                return Answer(code: error.code, body: ["message": .string(error.message)])
            }
            let causes = conflicts.map { conflict -> JSONValue in
                [
                    "reason": "FieldManagerConflict", "message": .string("conflict with \(conflict.owner)"),
                    "field": .string(conflict.path),
                ]
            }
            return Answer(code: error.code, body: ["message": .string(error.message), "causes": .array(causes)])
        }
    }

    private mutating func finish(_ object: JSONValue, _ old: JSONValue, _ subresource: String?) -> Answer {
        var new = object
        schema.applyDefaults(to: &new)
        let managed = new["metadata"]?["managedFields"]
        for field in ["creationTimestamp", "generation"] { new["metadata"]?[field] = old["metadata"]?[field] }
        if new.at("metadata", "uid") == nil { new["metadata"]?["uid"] = old["metadata"]?["uid"] }
        var errors: [FieldError] = []
        if subresource == "status" {
            new["spec"] = old["spec"]
            new["metadata"] = old["metadata"]
            new["metadata"]?["managedFields"] = managed
            if let status = new["status"], let statusSchema = schema.properties["status"] {
                errors = statusSchema.validate(status, old: old["status"], parent: "status")
            }
        } else {
            new["status"] = old["status"]
            if new["spec"] != old["spec"] {
                new["metadata"]?["generation"] = .integer((old.at("metadata", "generation")?.integer ?? 0) + 1)
            }
            new["metadata"]?["resourceVersion"] = old["metadata"]?["resourceVersion"]
            errors = ObjectMetaValidation.validateUpdate(new, old: old, isNamespaced: true)
            errors += schema.validate(new, old: old) + schema.duplicateItems(in: new)
        }
        if let refusal = refusal(errors, new) { return refusal }
        return Answer(code: 200, body: new == old ? old : store(new))
    }

    private func refusal(_ errors: [FieldError], _ object: JSONValue) -> Answer? {
        guard !errors.isEmpty else { return nil }
        let causes = errors.map { error -> JSONValue in
            [
                "reason": .string(error.kind.rawValue), "message": .string(error.body), "field": .string(error.field),
            ]
        }
        return Answer(code: 422, body: ["causes": .array(causes)])
    }

    private mutating func store(_ object: JSONValue) -> JSONValue {
        var object = object
        revision += 1
        object["metadata"]?["resourceVersion"] = .string(String(revision))
        stored[object.at("metadata", "name")?.string ?? ""] = object
        return object
    }
}
