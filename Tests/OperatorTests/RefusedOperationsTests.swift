import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@testable import Operator

@Suite("Operations that are refused")
struct RefusedOperationsTests {
    /// A request that cannot be carried out, the reason and some of the words.
    private struct Case {
        let type: String
        let block: JSONObject
        let reason: String
        let words: String
    }

    private static let backup = ResourceType(
        group: "postgresql.cnpg.io",
        version: "v1",
        plural: "backups",
        kind: "Backup",
        isNamespaced: true
    )

    private static let cases: [String: Case] = [
        "shrink": Case(
            type: "VolumeExpansion",
            block: ["volumeExpansion": ["storage": "1Gi"]],
            reason: "StorageCannotShrink",
            words: "restore into a smaller cluster instead"
        ),
        "below-synchronous": Case(
            type: "HorizontalScaling",
            block: ["horizontalScaling": ["replicas": 1]],
            reason: "TooFewMembers",
            words: "lower synchronous.number"
        ),
        "downgrade": Case(
            type: "Upgrade",
            block: ["upgrade": ["version": "15.6"]],
            reason: "DowngradeRefused",
            words: "restore a backup into a new"
        ),
        "unknown-version": Case(
            type: "Upgrade",
            block: ["upgrade": ["version": "47.1"]],
            reason: "UnknownVersion",
            words: "47.1"
        ),
        "forbidden-parameter": Case(
            type: "Reconfiguring",
            block: ["reconfiguring": ["config": [["name": "archive_command", "value": "true"]]]],
            reason: "ForbiddenParameter",
            words: "archive_command"
        ),
        "too-large-buffers": Case(
            type: "Reconfiguring",
            block: ["reconfiguring": ["config": [["name": "shared_buffers", "value": "64GB"]]]],
            reason: "SharedBuffersTooLarge",
            words: "memory"
        ),
        "rebuild-primary": Case(
            type: "RebuildInstance",
            block: ["rebuildInstance": ["instance": "orders-1"]],
            reason: "MemberIsPrimary",
            words: "request a Switchover"
        ),
        "unknown-target": Case(
            type: "Switchover",
            block: ["switchover": ["target": "orders-9"]],
            reason: "UnknownMember",
            words: "orders-9"
        ),
        "backup-without-storage": Case(
            type: "Backup",
            block: ["backup": ["name": "nightly"]],
            reason: "BackupNotConfigured",
            words: "set spec.backup.storage first"
        ),
        "restore-of-nothing": Case(
            type: "Restore",
            block: ["restore": ["backup": "nowhere", "into": "copy"]],
            reason: "BackupNotFound",
            words: "nowhere"
        ),
        "restore-unfinished": Case(
            type: "Restore",
            block: ["restore": ["backup": "unfinished", "into": "copy"]],
            reason: "BackupNotCompleted",
            words: "unfinished"
        ),
    ]

    @Test("Each is Failed by its first look, with a reason and what to do, and the cluster stays as it is")
    func refusals() async throws {
        try await SandboxWorld.run(operators: 1) { world in
            try await world.createCluster([
                "clusterSize": 2, "storage": "2Gi", "version": "16.10",
                "providerOptions": ["synchronous": ["method": "any", "number": 1]],
            ])
            try await world.wait(for: "a cluster that is Ready") {
                try await $0.client.get(DatabaseCluster.kind, SandboxWorld.name)?.status.phase == .ready
            }
            let backup: JSONValue = ["cluster": ["name": "orders"], "method": "volumeSnapshot"]
            try await world.create(Self.backup, "unfinished", backup)
            let before = try #require(try await world.object(SandboxWorld.cnpgCluster))
            for (name, refused) in Self.cases {
                var spec: JSONObject = ["clusterRef": "orders", "type": .string(refused.type)]
                for field in refused.block { spec[field.name] = field.value }
                try await world.create(OpsRequest.resource, name, .object(spec))
            }
            for (name, refused) in Self.cases {
                try await world.wait(for: "the end of \(name)") { try await $0.request(name)?.isFinished == true }
                let status = try #require(try await world.request(name)).status
                #expect(status.phase == .failed && status.reason == refused.reason, "\(name): \(status.reason)")
                #expect(status.message.contains(refused.words), "\(name): \(status.message)")
                #expect(
                    status.startTime == nil && status.actionLog.map(\.action) == ["Finish"],
                    "\(name) waited for nothing: \(status)"
                )
            }
            let after = try #require(try await world.object(SandboxWorld.cnpgCluster))
            #expect(after["spec"] == before["spec"])
        }
    }
}
