import Foundation
import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

/// Replays the writes of recorded conversations with a real API server against the rooms under test.
@Suite struct SchemaReplayTests {
    private static let folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        .appending(path: "../../../../shared/transcripts").standardized

    @Test(
        "Widgets are answered as a real API server answers them",
        .enabled(if: FileManager.default.fileExists(atPath: folder.path)),
        arguments: [
            "schema-validation", "schema-defaults-pruning", "server-side-apply", "patches", "status-subresource",
        ]
    )
    func replay(_ conversation: String) throws {
        let file = Self.folder.appending(path: conversation + ".json")
        let bytes = try Data(contentsOf: file)
        let steps = try #require(try JSONValue(parsing: [UInt8](bytes))["steps"]?.array)
        var server = try WidgetServer(definition: try #require(steps[0].at("request", "body")))
        var bodies: [JSONValue] = []
        var compared = 0
        for (index, step) in steps.enumerated() {
            let request = Self.filled(step["request"] ?? [:], bodies)
            let answer = try Self.answer(request, &server)
            bodies.append(answer?.body ?? [:])
            guard let answer, let wanted = step["response"] else { continue }
            compared += 1
            let place = "\(conversation), step \(index): \(step["note"]?.string ?? "")"
            #expect(JSONValue(answer.code) == wanted["status"], "\(place)")
            if answer.code == 404 || (answer.code == 409 && answer.body == [:]) { continue }
            let ignoresMessage = (step["ignore"]?.array ?? []).contains { $0.string?.contains("message") ?? false }
            let body = wanted["body"] ?? [:]
            if answer.code < 300 {
                #expect(Self.normal(answer.body, ignoresMessage) == Self.normal(body, ignoresMessage), "\(place)")
            } else {
                let causes = answer.body["causes"].map { Self.normal($0, false, "causes") }
                #expect(
                    causes == nil || causes == Self.normal(body.at("details", "causes") ?? [], false, "causes"),
                    "\(place)"
                )
                if let message = answer.body["message"] { #expect(message == body["message"], "\(place)") }
            }
            let warning = wanted["warning"]?.string ?? ""
            if request.at("query", "fieldValidation") != "Ignore" {
                #expect(
                    answer.warnings.map { "299 - " + GoText.quoted($0) }.joined(separator: ", ") == warning,
                    "\(place)"
                )
            }
        }
        #expect(compared >= 5)
    }

    private static func answer(_ request: JSONValue, _ server: inout WidgetServer) throws -> WidgetServer.Answer? {
        let path = (request["path"]?.string ?? "").split(separator: "/").map(String.init)
        guard path.count >= 6, path[5] == "widgets", let body = request["body"] else { return nil }
        let query = request["query"] ?? [:]
        let name = path.count > 6 ? path[6] : ""
        let subresource = path.count > 7 ? path[7] : nil
        let manager = query["fieldManager"]?.string
        let isOutOfScope = body.string != nil || query["dryRun"] != nil || query["fieldValidation"] == "Strict"
        let isRenamed = path.count > 6 && body.at("metadata", "name").map { $0 != .string(name) } ?? false
        if isOutOfScope || isRenamed { return nil }
        switch (request["method"], request["contentType"]) {
        case ("POST", nil): return server.create(body)
        case ("PUT", nil):
            return try server.write(name, subresource, manager: "python-requests") { _ in body }
        case ("PATCH", "application/merge-patch+json"):
            return try server.write(name, subresource, manager: manager ?? "python-requests") {
                JSONMergePatch.apply(body, to: $0)
            }
        case ("PATCH", "application/json-patch+json"):
            do {
                return try server.write(name, subresource, manager: manager ?? "python-requests") {
                    try JSONPatch.apply(operations: body, to: $0)
                }
            } catch { return nil }
        case ("PATCH", "application/apply-patch+yaml"):
            let force = query["force"] == "true"
            return server.apply(name, subresource, body, manager: manager ?? "", force: force)
        default: return nil
        }
    }

    /// Puts in the values that a request takes from earlier answers.
    private static func filled(_ value: JSONValue, _ bodies: [JSONValue]) -> JSONValue {
        switch value {
        case .object(let fields): return .object(JSONObject(fields.map { ($0.name, filled($0.value, bodies)) }))
        case .array(let items): return .array(items.map { filled($0, bodies) })
        case .string(let text) where text.hasPrefix("{{") && text.hasSuffix("}}"):
            let parts = text.dropFirst(2).dropLast(2).split(separator: ".").map(String.init)
            guard let step = Int(parts[0]), bodies.indices.contains(step) else { return value }
            return parts.dropFirst().reduce(bodies[step] as JSONValue?) { $0?[$1] } ?? value
        default: return value
        }
    }

    /// Blanks what differs between any two servers.
    private static func normal(_ value: JSONValue, _ ignoresMessage: Bool, _ key: String = "") -> JSONValue {
        switch value {
        case .object(let fields):
            return .object(JSONObject(fields.map { ($0.name, normal($0.value, ignoresMessage, $0.name)) }))
        case .array(let items):
            let normalized = items.map { normal($0, ignoresMessage) }
            guard key == "causes" || key == "managedFields" else { return .array(normalized) }
            return .array(normalized.sorted { $0.description < $1.description })
        case .string where ["uid", "resourceVersion", "time", "creationTimestamp"].contains(key): return "<blank>"
        case .string where key == "message" && ignoresMessage: return "<blank>"
        case .string(let text):
            return .string(
                text.replacing(/<uid>|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "<uid>")
            )
        default: return value
        }
    }
}
