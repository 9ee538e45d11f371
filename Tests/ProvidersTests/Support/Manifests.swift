import CRDs
import Foundation
import JSON
import KubernetesAPI
import Providers
import Testing
import YAML

/// Clusters and snapshots from short texts.
enum Manifests {
    static let now = Timestamp(seconds: 1_800_000_000)

    /// A DatabaseCluster named demo with these lines in its spec.
    static func cluster(
        _ spec: String,
        engine: String = "postgresql",
        storage: String = "10Gi",
        status: String = ""
    ) throws -> DatabaseCluster {
        try cluster(
            of: """
                apiVersion: dbaas.io/v1alpha1
                kind: DatabaseCluster
                metadata: {name: demo, namespace: default, uid: 0123456789ab}
                spec: {engine: \(engine), storage: \(storage), \(spec)}
                status: {\(status)}
                """
        )
    }

    static func cluster(of text: String) throws -> DatabaseCluster {
        try DatabaseCluster(try #require(try YAML.parse(Array(text.utf8)).first))
    }

    static func request(_ spec: String, status: String = "") throws -> OpsRequest {
        let text = """
            apiVersion: dbaas.io/v1alpha1
            kind: OpsRequest
            metadata: {name: op, namespace: default, uid: abc, creationTimestamp: "2026-11-01T12:00:00Z"}
            spec: {clusterRef: demo, \(spec)}
            status: {\(status)}
            """
        return try OpsRequest(try #require(try YAML.parse(Array(text.utf8)).first))
    }

    static func value(_ text: String) throws -> JSONValue {
        try #require(try YAML.parse(Array(text.utf8)).first)
    }

    /// An observed object, decoded as the provider's watch decodes it.
    static func child(_ text: String, of provider: any Provider = CNPGProvider()) throws -> ChildObject {
        try child(try #require(try YAML.parse(Array(text.utf8)).first), of: provider)
    }

    static func child(_ value: JSONValue, of provider: any Provider = CNPGProvider()) throws -> ChildObject {
        let (version, kind) = (value["apiVersion"]?.string, value["kind"]?.string)
        let watched = try #require(
            provider.watches.first { $0.resource.kind == kind && $0.resource.apiVersion == version }
        )
        return try JSONDocument.decode(value.serialized()) { (root) throws(JSONError) in try watched.decode(root) }
    }

    /// With everything installed that the provider watches.
    static func observed(
        _ children: [ChildObject] = [],
        answers: [Need: NeedAnswer] = [:],
        by provider: any Provider = CNPGProvider()
    ) -> Observed {
        Observed(
            now: now,
            installed: Set(provider.watches.map(\.resource)),
            children: children,
            answers: answers
        )
    }
}
