import JSON
import KubernetesAPI
import Providers
import YAML

/// A printed plan.
struct PlanReport {
    /// How it is written; the raw values are what `-o` takes.
    enum Format: String, CaseIterable {
        case table
        case json
        case yaml
    }

    let manifests: [PlannedManifest]

    /// The worst that anything in it does.
    var disruption: Disruption { manifests.map(\.plan.disruption).max() ?? .none }

    /// Whether something would not be done as it stands.
    var isRefused: Bool { manifests.contains { !$0.plan.refusals.isEmpty } }

    /// 1 when something would be refused, 2 when nobody would serve for some time or data would be lost, else 0.
    var exitCode: Int32 {
        if isRefused { return 1 }
        return disruption >= .downtime ? 2 : 0
    }

    func text(_ format: Format) -> String {
        switch format {
        case .table: table
        case .json: json.prettyPrinted() + "\n"
        case .yaml: YAML.write(json)
        }
    }

    private var json: JSONValue {
        let plans = manifests.map { manifest -> JSONValue in
            var fields: JSONObject = [
                "kind": .string(manifest.kind), "namespace": .string(manifest.key.namespace),
                "name": .string(manifest.key.name), "writes": .array(manifest.plan.writes.map(\.json)),
                "disruption": .string(manifest.plan.disruption.rawValue),
            ]
            if !manifest.plan.notes.isEmpty { fields["notes"] = JSONValue(manifest.plan.notes) }
            if !manifest.plan.refusals.isEmpty {
                fields["refusals"] = .array(
                    manifest.plan.refusals.map { ["reason": .string($0.reason), "message": .string($0.message)] }
                )
            }
            return .object(fields)
        }
        return ["plans": .array(plans), "disruption": .string(disruption.rawValue)]
    }
}

// MARK: - The table

extension PlanReport {
    private var table: String {
        let parts = manifests.map { manifest -> String in
            var text = "\(manifest.kind) \(manifest.key)\n"
            for refusal in manifest.plan.refusals { text += "  refused, \(refusal.reason): \(refusal.message)\n" }
            for note in manifest.plan.notes { text += "  \(note)\n" }
            return text + Self.aligned(manifest.plan.writes.flatMap(Self.rows))
        }
        return parts.joined(separator: "\n") + "\nWorst disruption: \(disruption.rawValue)\n"
    }

    /// A row for each field, the first of which names the write.
    private static func rows(_ write: PlannedWrite) -> [[String]] {
        let object = "\(write.resource.kind) \(write.key.name)"
        guard !write.changes.isEmpty else { return [[write.verb.rawValue, object, write.disruption.rawValue, ""]] }
        return write.changes.enumerated().map { index, planned in
            let disruption = max(planned.disruption, index == 0 ? write.ownDisruption : .none)
            let change = write.verb == .create ? planned.change.assignment : planned.change.description
            return [index == 0 ? write.verb.rawValue : "", index == 0 ? object : "", disruption.rawValue, change]
        }
    }

    private static func aligned(_ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        let all = [["VERB", "OBJECT", "DISRUPTION", "CHANGE"]] + rows
        let widths = (0..<3).map { column in (all.map { $0[column].count }.max() ?? 0) + 2 }
        return all.map { row in
            var line = "  "
            for (cell, width) in zip(row, widths) { line += cell + String(repeating: " ", count: width - cell.count) }
            line += row[3]
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

extension FieldChange {
    /// Such as `spec.instances: 3`, of an object that is made new.
    fileprivate var assignment: String {
        let text = description
        return text.replacing(": absent → ", with: ": ", maxReplacements: 1)
    }
}
