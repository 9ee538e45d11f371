import CRDs
import Foundation
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
    /// A Custom operation that the provider documents; nil when it has none.
    var custom: String?
    /// Whether that operation is done to one member.
    var customNeedsInstance = false
    /// Whether its provider makes backups.
    var hasBackups = true
    /// Whether it switches over by force alone.
    var forcesSwitchover = false

    var testDescription: String { "\(engine.rawValue) by \(provider.rawValue)" }

    /// The cluster's spec.
    var clusterSpec: JSONValue {
        var base: JSONValue = [
            "engine": .string(engine.rawValue), "provider": .string(provider.rawValue), "clusterSize": 3,
            "version": .string(versions.from), "storage": "10Gi", "size": "db.t3.medium",
        ]
        if hasBackups {
            base["backup"] = [
                "enabled": true, "storage": "s3",
                "schedules": [["name": "daily", "schedule": "0 2 * * *", "retention": 7]],
            ]
        }
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
            (.custom, ["custom": customBody(replica)]),
            (.stop, [:]),
            (.start, [:]),
            (
                .scaling,
                ["horizontalScaling": ["replicas": 3], "verticalScaling": ["resources": resources]]
            ),
        ]
    }

    private func customBody(_ replica: String) -> JSONValue {
        guard let custom else { return ["operation": "nothing-of-that-name"] }
        let operation: JSONValue = ["operation": .string(custom)]
        guard customNeedsInstance else { return operation }
        return ["operation": .string(custom), "parameters": ["instance": .string(replica)]]
    }
}

extension Subject {
    /// Those that are tried: all, or with `DBAAS_KIT` those whose names contain that text.
    static var selected: [Subject] {
        guard let part = ProcessInfo.processInfo.environment["DBAAS_KIT"] else { return all }
        return all.filter { $0.testDescription.contains(part) }
    }

    /// Every engine of every provider.
    static let all: [Subject] =
        [
            Subject(
                engine: .postgresql,
                provider: .cnpg,
                versions: ("16.10", "16.11"),
                parameter: ("max_connections", "300"),
                custom: "restart-instance",
                customNeedsInstance: true
            ),
            Subject(
                engine: .mongodb,
                provider: .perconaPSMDB,
                versions: ("7.0.30-16", "8.0.19-7"),
                parameter: ("operationProfiling.slowOpThresholdMs", "200"),
                scaledSize: 5,
                custom: "restart-instance",
                customNeedsInstance: true
            ),
            Subject(
                engine: .mysql,
                provider: .perconaPXC,
                versions: ("8.0.42-33.1", "8.0.44-35.1"),
                parameter: ("max_connections", "300"),
                scaledSize: 5,
                custom: "restart-proxy"
            ),
            Subject(
                engine: .kafka,
                provider: .strimzi,
                versions: ("4.2.0", "4.3.1"),
                parameter: ("log.retention.ms", "604800000"),
                custom: "restart-instance",
                customNeedsInstance: true,
                hasBackups: false
            ),
        ]
        + [
            kubeDB(.mongodb, ("7.0.28", "8.0.17"), ("net.maxIncomingConnections", "500")),
            kubeDB(.postgresql, ("16.13", "17.9"), ("max_connections", "300")),
            kubeDB(.mysql, ("8.0.36", "8.4.8"), ("max_connections", "300")),
            kubeDB(.mariadb, ("11.4.3", "11.8.5"), ("max_connections", "300")),
            kubeDB(.redis, ("7.4.6", "8.0.4"), ("maxmemory-policy", "allkeys-lru")),
            kubeDB(.elasticsearch, ("xpack-8.19.9", "xpack-9.2.3"), ("indices.query.bool.max_clause_count", "2048")),
            kubeDB(.kafka, ("3.9.0", "4.0.0"), ("log.retention.ms", "604800000")),
        ]

    private static func kubeDB(
        _ engine: Engine,
        _ versions: (from: String, to: String),
        _ parameter: (name: String, value: String)
    ) -> Subject {
        Subject(
            engine: engine,
            provider: .kubedb,
            versions: versions,
            parameter: parameter,
            custom: "rotate-auth",
            hasBackups: false,
            forcesSwitchover: true
        )
    }
}
