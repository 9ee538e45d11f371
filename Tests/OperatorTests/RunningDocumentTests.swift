import ArgumentParser
import CRDs
import Foundation
import JSON
import KubernetesAPI
import Logging
import Synchronization
import Testing

@testable import Operator

@Suite("What docs/running.md promises")
struct RunningDocumentTests {
    private static func text() throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/running.md")
        return try String(contentsOf: file, encoding: .utf8)
    }

    @Test("Each flag of run stands there with its variable, its default and its help")
    func flags() throws {
        let text = try Self.text()
        let arguments = try JSONValue(parsing: RunCommand._dumpHelp()).at("command", "arguments")?.array ?? []
        for argument in arguments {
            guard let name = argument.at("preferredName", "name")?.string, RunVariables.flags.contains(name),
                let value = argument["valueName"]?.string
            else { continue }
            let standard = argument["defaultValue"]?.string.map { "`\($0)`" } ?? ""
            let row =
                "| `--\(name) <\(value)>` | `\(RunVariables.variable(of: name))` | \(standard) | "
                + "\(argument["abstract"]?.string ?? "") |"
            #expect(text.contains(row), "docs/running.md lacks: \(row)")
        }
    }

    @Test("Each event of an operation's life stands there, and has the fields that it has there")
    func events() throws {
        let text = try Self.text()
        let lines = Lines()
        var logger = Logger(label: "test") { _ in lines }
        logger.logLevel = .trace
        for type in [OpsRequestType.horizontalScaling, .restart] {
            var previous = OpsRequestStatus()
            for phase in [OpsRequestPhase.pending, .running, .failed, .running, .succeeded, .skipped] {
                var next = previous
                next.phase = phase
                next.reason = "Because"
                next.attempt += phase == .running ? 1 : 0
                try Self.change(type, previous, next).log(to: logger)
                previous = next
            }
        }
        let events = lines.all.withLock { $0 }
        #expect(Set(events.map(\.name)).count == 8)
        for event in events {
            #expect(text.contains("`\(event.name)`"))
            #expect(
                event.fields.isSuperset(of: ["operation_id", "ops_type", "database_id", "phase", "engine", "attempt"])
            )
            for field in event.fields { #expect(text.contains("`\(field)`"), "\(field)") }
        }
    }

    private static func change(
        _ type: OpsRequestType,
        _ before: OpsRequestStatus,
        _ after: OpsRequestStatus
    ) throws -> OperationChange {
        let block = type == .horizontalScaling ? #","horizontalScaling":{"replicas":3}"# : ""
        let json =
            #"{"metadata":{"name":"a","namespace":"b"},"spec":{"clusterRef":"c","type":"\#(type.rawValue)"\#(block)}}"#
        let request = try OpsRequest.kind.decode(Array(json.utf8))
        return OperationChange(request: request, engine: .postgresql, before: before, after: after)
    }

    private final class Lines: LogHandler {
        struct Line { let name: String, fields: Set<String> }
        let all = Mutex<[Line]>([])
        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        var logLevel: Logger.Level {
            get { .trace }
            set {}
        }
        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { nil }
            set {}
        }

        func log(event: LogEvent) {
            let line = Line(name: event.message.description, fields: Set(event.metadata?.keys.map { $0 } ?? []))
            all.withLock { $0.append(line) }
        }
    }
}
