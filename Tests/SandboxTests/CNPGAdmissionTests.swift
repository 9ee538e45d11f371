import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("CloudNativePG stand-in: webhooks")
struct CNPGAdmissionTests {
    private let webhooks = CNPGAdmission()
    private let nothing = FakeAPI()

    private func cluster(_ spec: JSONValue, name: String = "pg") -> JSONValue {
        let base: JSONValue = ["instances": 3, "storage": ["size": "10Gi"]]
        return [
            "kind": "Cluster", "metadata": ["name": .string(name), "namespace": "default"],
            "spec": JSONMergePatch.apply(spec, to: base),
        ]
    }

    private func refusal(
        _ spec: JSONValue,
        name: String = "pg",
        after old: JSONValue? = nil,
        dataOf major: Int64? = nil
    ) -> APIFailure? {
        var before = old.map { cluster($0) }
        if let major {
            let status: JSONValue = ["pgDataImageInfo": ["majorVersion": .integer(major)]]
            before = before.map { JSONMergePatch.apply(["status": status], to: $0) }
        }
        do throws(APIFailure) {
            _ = try webhooks.admit(.cnpgCluster, new: cluster(spec, name: name), old: before, nothing)
            return nil
        } catch {
            return error
        }
    }

    @Test("Defaults are written back, once, and let through when they come again")
    func defaults() throws {
        let first = try webhooks.admit(.cnpgCluster, new: cluster([:]), old: nil, nothing).object
        let spec = first["spec"] ?? [:]
        #expect(spec["imageName"] == "ghcr.io/cloudnative-pg/postgresql:18.4-system-trixie")
        #expect(spec.at("bootstrap", "initdb", "database") == "app")
        #expect(spec.at("postgresql", "parameters", "max_worker_processes") == "32")
        #expect(spec.at("postgresql", "parameters", "archive_mode") == "on")
        #expect(spec.at("monitoring", "customQueriesConfigMap")?[0]?["name"] == "cnpg-default-monitoring")
        #expect(try webhooks.admit(.cnpgCluster, new: first, old: first, nothing).object == first)
    }

    @Test("A dropped parameter becomes the operator's default again")
    func droppedParameter() throws {
        let mine: JSONValue = ["postgresql": ["parameters": ["wal_keep_size": "1GB", "work_mem": "8MB"]]]
        let old = try webhooks.admit(.cnpgCluster, new: cluster(mine), old: nil, nothing).object
        let new = JSONMergePatch.apply(
            ["spec": ["postgresql": ["parameters": ["wal_keep_size": .null, "work_mem": .null]]]],
            to: old
        )
        let parameters = try webhooks.admit(.cnpgCluster, new: new, old: old, nothing).object.at(
            "spec",
            "postgresql",
            "parameters"
        )
        #expect(parameters?["wal_keep_size"] == "512MB")
        #expect(parameters?["work_mem"] == nil)
    }

    @Test(
        "What the operator owns, or cannot be, is refused in its words",
        arguments: [
            (["postgresql": ["parameters": ["port": "6000"]]], "Can't set fixed configuration parameter"),
            (["postgresql": ["parameters": ["archive_mode": "off"]]], "Can't set fixed configuration parameter"),
            (["storage": ["size": ""]], "Size not configured"),
            (["storage": ["size": "ten"]], "Size value isn't valid"),
            (["imageName": "postgres:latest"], "Can't use 'latest' as image tag"),
            (["imageName": "postgres@sha256:0123"], "Can't use just the image sha"),
            (
                ["resources": ["requests": ["cpu": "2"], "limits": ["cpu": "1"]]],
                "CPU request is greater than the limit"
            ),
            (
                [
                    "resources": ["requests": ["memory": "1Gi"]],
                    "postgresql": ["parameters": ["shared_buffers": "2GB"]],
                ],
                "Memory request is lower than PostgreSQL `shared_buffers` value"
            ),
            (["bootstrap": ["initdb": [:], "recovery": [:]]], "Too many bootstrap types specified"),
            (["bootstrap": ["recovery": ["source": "gone"]]], "External cluster gone not found"),
            (["postgresql": ["parameters": ["wal_log_hints": "off"]]], "`wal_log_hints` must be set to `on`"),
            (["postgresql": ["synchronous": ["method": "any", "number": 3]]], "Invalid synchronous configuration"),
            (["instances": 1, "primaryUpdateStrategy": "supervised"], "supervised update strategy is not allowed"),
        ] as [(JSONValue, String)]
    )
    func refusals(_ spec: JSONValue, _ words: String) throws {
        let refusal = try #require(self.refusal(spec))
        #expect(refusal.code == 422 && refusal.reason == "Invalid")
        #expect(refusal.message.hasPrefix("admission webhook \"vcluster.cnpg.io\" denied the request: "))
        #expect(refusal.message.contains(words), "\(refusal.message)")
    }

    @Test("Shrinking, downgrading and removing the WAL volume are refused")
    func changes() throws {
        let image = { (tag: String) -> JSONValue in ["imageName": .string("ghcr.io/cloudnative-pg/postgresql:" + tag)] }
        #expect(
            refusal(["storage": ["size": "5Gi"]], after: [:])?.message.contains(
                "can't shrink existing storage from 10Gi to 5Gi"
            ) == true
        )
        #expect(
            refusal(image("16.4"), after: image("17.5"), dataOf: 17)?.message
                .contains("can't downgrade from major 17 to 16") == true
        )
        #expect(
            refusal([:], after: ["walStorage": ["size": "1Gi"]])?.message.contains("walStorage cannot be disabled")
                == true
        )
        #expect(refusal(image("18.1"), after: image("17.5"), dataOf: 17) == nil)
        #expect(refusal(image("16.4"), after: image("18.1"), dataOf: 16) == nil, "a conversion that failed is given up")
        #expect(refusal(["storage": ["size": "20Gi"]], after: [:]) == nil)
    }

    @Test("A name longer than 50 characters is refused")
    func names() throws {
        let long = String(repeating: "a", count: 51)
        #expect(
            refusal([:], name: long)?.message.contains("the maximum length of a cluster name is 50 characters") == true
        )
        #expect(refusal([:], name: String(repeating: "a", count: 50)) == nil)
        #expect(refusal([:], name: "1pg") != nil)
    }
}
