import Foundation
import JSON

@testable import Sandbox

/// One conversation recorded from a real API server, replayed against the sandbox's.
struct TranscriptReplay {
    /// Where recorded conversations lie beside the checkout; they are not part of it.
    static let folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        .appending(path: "../../../../shared/transcripts").standardized

    private let steps: [JSONValue]
    private let ignored: [String]
    private var bodies: [JSONValue] = []

    init(_ name: String) throws {
        let data = try Data(contentsOf: Self.folder.appending(path: name + ".json"))
        let conversation = try JSONValue(parsing: [UInt8](data))
        steps = conversation["steps"]?.array ?? []
        ignored = [".*\\.auditId", ".*\\.body\\.gitCommit"] + Self.strings(conversation["ignore"])
    }

    /// Asks every step, and says in a line each how an answer differs from the recorded one.
    mutating func differences(to server: APIServer) async throws -> (steps: Int, lines: [String]) {
        var lines: [String] = []
        for (number, step) in steps.enumerated() {
            let (answer, body) = try await settle(step, server)
            bodies.append(body)
            let patterns = try (ignored + Self.strings(step["ignore"])).map { try Regex($0) }
            var found: [String] = []
            Self.compare(step["response"] ?? .null, answer, "step\(number)", patterns, &found)
            lines += found.map { "\(step["note"]?.string ?? ""): \($0)" }
        }
        return (steps.count, lines)
    }

    /// Asks again until the values that the step waits for are there.
    private func settle(_ step: JSONValue, _ server: APIServer) async throws -> (JSONValue, JSONValue) {
        let wanted = step["until"]?.object ?? [:]
        for _ in 0..<200 {
            let (answer, body) = try await send(filled(step["request"] ?? [:]), server)
            if wanted.allSatisfy({ Self.dig(body, $0.name) == $0.value }) { return (answer, body) }
            try await Task.sleep(for: .milliseconds(50))
        }
        return try await send(filled(step["request"] ?? [:]), server)
    }

    private func send(_ request: JSONValue, _ server: APIServer) async throws -> (JSONValue, JSONValue) {
        var headers = ["accept": request["accept"]?.string ?? "application/json", "user-agent": "python-requests/2"]
        var body: [UInt8] = []
        if let content = request["body"] {
            headers["content-type"] = request["contentType"]?.string ?? "application/json"
            body = content.string.map { Array($0.utf8) } ?? content.serialized()
        }
        var uri = request["path"]?.string ?? ""
        let query = (request["query"]?.object ?? [:]).map { "\($0.name)=\(Self.escaped($0.value.string ?? ""))" }
        if !query.isEmpty { uri += "?" + query.joined(separator: "&") }
        let response = server.handle(
            APIRequest(method: request["method"]?.string ?? "GET", uri: uri, headers: headers, body: body)
        )
        let raw = try await Self.content(of: response, isWatch: request.at("query", "watch") != nil)
        var answer: JSONValue = ["status": JSONValue(response.status), "body": Self.normal(raw, nil)]
        for header in response.headers {
            switch header.name {
            case "Content-Type": answer["contentType"] = .string(String(header.value.prefix { $0 != ";" }))
            case "Warning": answer["warning"] = .string(header.value)
            case "Retry-After": answer["retryAfter"] = true
            case "Audit-Id": answer["auditId"] = true
            default: break
            }
        }
        return (answer, raw)
    }

    private static func content(of response: APIResponse, isWatch: Bool) async throws -> JSONValue {
        switch response.body {
        case .bytes(let bytes):
            return (try? JSONValue(parsing: bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
        case .stream(var stream):
            var bytes: [UInt8] = []
            while let lines = await stream.next() { bytes += lines }
            return .array(try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) })
        }
    }

    /// Puts in what a request takes from the bodies of earlier answers: {{3.metadata.resourceVersion}}.
    private func filled(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let fields): return .object(JSONObject(fields.map { ($0.name, filled($0.value)) }))
        case .array(let items): return .array(items.map(filled))
        case .string(let text):
            return .string(
                text.replacing(/\{\{(\d+)\.([^}]+)\}\}/) { match in
                    Int(match.1).flatMap { Self.dig(bodies[$0], String(match.2))?.string } ?? ""
                }
            )
        default: return value
        }
    }

    private static func dig(_ value: JSONValue, _ path: String) -> JSONValue? {
        path.split(separator: ".").reduce(Optional(value)) { found, part in
            Int(part).flatMap { found?[$0] } ?? found?[String(part)]
        }
    }

    /// Blanks what differs between any two servers.
    private static func normal(_ value: JSONValue, _ key: String?) -> JSONValue {
        switch (value, key) {
        case (.object(let fields), _):
            return .object(JSONObject(fields.map { ($0.name, normal($0.value, $0.name)) }))
        case (.array(let items), _):
            let items = items.map { normal($0, key) }
            let isUnordered = key == "managedFields" || key == "causes"
            return .array(isUnordered ? items.sorted { order($0) < order($1) } : items)
        case (.string, "uid"): return "<uid>"
        case (.string(let text), "resourceVersion") where !text.isEmpty: return "<rv>"
        case (.string(let text), "continue") where !text.isEmpty: return "<continue>"
        case (.string(let text), _): return .string(blanked(text, isMessage: key == "message"))
        default: return value
        }
    }

    private static func order(_ item: JSONValue) -> String {
        ["manager", "operation", "subresource", "field", "message"].map { item[$0]?.string ?? "" }.joined(
            separator: "\n"
        )
    }

    private static func blanked(_ text: String, isMessage: Bool) -> String {
        let uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/
        let time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/
        guard isMessage else { return text.wholeMatch(of: time) == nil ? text.replacing(uid, with: "<uid>") : "<time>" }
        return text.replacing(time, with: "<time>").replacing(uid, with: "<uid>")
            .replacing(/in record \(\d+\)/, with: "in record (<rv>)")
            .replacing(/Too large resource version: \d+, current: \d+/, with: "Too large resource version: <rv>")
            .replacing(/(resource version:?) \d+( \(\d+\))?/) { "\($0.1) <rv>" }
    }

    private static func compare(
        _ want: JSONValue,
        _ got: JSONValue,
        _ path: String,
        _ ignored: [Regex<AnyRegexOutput>],
        _ found: inout [String]
    ) {
        if ignored.contains(where: { path.wholeMatch(of: $0) != nil }) { return }
        switch (want, got) {
        case (.object(let wanted), .object(let gotten)):
            for name in Set(wanted.names + gotten.names).sorted() {
                let place = "\(path).\(name)"
                if ignored.contains(where: { place.wholeMatch(of: $0) != nil }) { continue }
                switch (wanted[name], gotten[name]) {
                case (let one?, let other?): compare(one, other, place, ignored, &found)
                case (let one?, nil): found.append("\(place) is missing; \(one) was recorded")
                default: found.append("\(place) is too much: \(gotten[name] ?? .null)")
                }
            }
        case (.array(let wanted), .array(let gotten)):
            if wanted.count != gotten.count {
                found.append("\(path): \(gotten.count) items instead of \(wanted.count)")
            }
            for (index, pair) in zip(wanted, gotten).enumerated() {
                compare(pair.0, pair.1, "\(path)[\(index)]", ignored, &found)
            }
        default:
            if want != got { found.append("\(path) is \(got); \(want) was recorded") }
        }
    }

    private static func strings(_ value: JSONValue?) -> [String] { (value?.array ?? []).compactMap(\.string) }

    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
            return isPlain && byte < 0x80 ? String(UnicodeScalar(byte)) : "%" + hexadecimal([byte])
        }.joined()
    }
}
