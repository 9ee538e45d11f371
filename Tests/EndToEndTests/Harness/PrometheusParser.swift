import Foundation
import JSON
import TestPrograms

/// Prometheus' own parser of the text format, as `scripts/setup-prometheus-client` installed it.
struct Exposition {
    struct Family {
        let kind: String
        let help: String
        let samples: [Sample]
    }

    struct Sample {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    let families: [String: Family]

    private static let folder = Programs.repository.appending(path: ".test-tools/prometheus-client-0.26")

    /// Whether it can be used; in CI a missing parser is a failure.
    static var isInstalled: Bool { BuiltPrograms.isNeeded || FileManager.default.fileExists(atPath: folder.path) }

    private static let script = """
        import json, sys
        from prometheus_client.parser import text_string_to_metric_families
        print(json.dumps([
            {"name": family.name, "kind": family.type, "help": family.documentation, "samples": [
                {"name": s.name, "labels": s.labels, "value": str(s.value)} for s in family.samples]}
            for family in text_string_to_metric_families(sys.stdin.read())]))
        """

    /// Throws what the parser complains of.
    init(parsing text: String) async throws {
        let process = try ChildProcess(
            URL(filePath: "/usr/bin/env"),
            ["python3", "-c", Self.script],
            environment: ["PYTHONPATH": Self.folder.path],
            input: text
        )
        guard try await process.finish(within: .seconds(20)) == 0 else {
            throw Failure(process.errorOutput)
        }
        var families: [String: Family] = [:]
        for family in try JSONValue(parsing: process.output).array ?? [] {
            let samples = (family["samples"]?.array ?? []).map { sample in
                Sample(
                    name: sample["name"]?.string ?? "",
                    labels: (sample["labels"]?.object).map { labels in
                        Dictionary(uniqueKeysWithValues: labels.map { ($0.name, $0.value.string ?? "") })
                    } ?? [:],
                    value: Double(sample["value"]?.string ?? "") ?? .nan
                )
            }
            let kind = family["kind"]?.string ?? ""
            // The parser takes `_total` from the names of counters.
            let name = samples.first.map { kind == "counter" ? $0.name : family["name"]?.string ?? "" }
            families[name ?? ""] = Family(kind: kind, help: family["help"]?.string ?? "", samples: samples)
        }
        self.families = families
    }

    /// The value of the one sample with these labels among others; nil when there is none.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        families.values.lazy.flatMap(\.samples).first { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }?.value
    }
}
