import CRDs
import JSON
import Providers
import Testing

/// A provider with one of its engines, as the contract kit tries it: a small cluster, and what is asked of it.
struct Subject: Sendable, CustomTestStringConvertible {
    let engine: Engine
    let provider: ProviderName
    /// Merged into the spec of a cluster of 3 members with backups.
    var spec: JSONValue = [:]
    /// Versions to begin with and to upgrade to, as people write them.
    let versions: (from: String, to: String)
    /// A parameter that the engine has, with a value that is not its default.
    let parameter: (name: String, value: String)
    /// How many members it is scaled to, and back from.
    var scaledSize = 4
    /// The body of a Custom operation that the provider documents; nil when it has none.
    var custom: JSONValue?
    /// Switches over by force alone.
    var forcesSwitchover = false

    var testDescription: String { "\(engine.rawValue) by \(provider.rawValue)" }

    /// The cluster's spec.
    var clusterSpec: JSONValue {
        let base: JSONValue = [
            "engine": .string(engine.rawValue), "provider": .string(provider.rawValue), "clusterSize": 3,
            "version": .string(versions.from), "storage": "10Gi", "size": "db.t3.medium",
            "backup": [
                "enabled": true, "storage": "s3",
                "schedules": [["name": "daily", "schedule": "0 2 * * *", "retention": 7]],
            ],
        ]
        return JSONMergePatch.apply(spec, to: base)
    }

    /// What is asked of the cluster, in this order; each finds the cluster Ready unless it is Start.
    func requests(replica: String) -> [(type: OpsRequestType, body: JSONObject)] {
        let resources: JSONValue = [
            "requests": ["cpu": "2", "memory": "4Gi"], "limits": ["cpu": "2", "memory": "4Gi"],
        ]
        return [
            (.restart, [:]),
            (.horizontalScaling, ["horizontalScaling": ["replicas": JSONValue(scaledSize)]]),
            (.verticalScaling, ["verticalScaling": ["size": "db.t3.large"]]),
            (.volumeExpansion, ["volumeExpansion": ["storage": "20Gi"]]),
            (
                .reconfiguring,
                [
                    "reconfiguring": [
                        "config": [["name": .string(parameter.name), "value": .string(parameter.value)]]
                    ]
                ]
            ),
            (.switchover, forcesSwitchover ? ["force": true] : [:]),
            (.rebuildInstance, ["rebuildInstance": ["instance": .string(replica)]]),
            (.backup, [:]),
            (.restore, ["restore": ["backup": "kit-backup", "into": "copy"]]),
            (.upgrade, ["upgrade": ["version": .string(versions.to)]]),
            (.custom, ["custom": custom ?? ["operation": "nothing-of-that-name"]]),
            (.stop, [:]),
            (.start, [:]),
            (
                .scaling,
                ["horizontalScaling": ["replicas": 3], "verticalScaling": ["resources": resources]]
            ),
        ]
    }
}

extension Subject {
    /// Every engine of every provider.
    static let all: [Subject] = [
        Subject(
            engine: .postgresql,
            provider: .cnpg,
            versions: ("16.10", "16.11"),
            parameter: ("max_connections", "300"),
            custom: ["operation": "restart-instance", "parameters": ["instance": "kit-1"]]
        )
    ]
}
