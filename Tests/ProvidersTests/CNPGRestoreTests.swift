import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite struct CNPGRestoreTests {
    private let fromBackup = "type: Restore, restore: {backup: nightly-7, into: copy}"
    private let toTime = "type: Restore, restore: {pointInTime: \"2026-12-01T12:00:00Z\", into: copy}"
    private let archiving = Running(
        plugins: "[{name: barman-cloud.cloudnative-pg.io, parameters: {serverName: demo-01234567-16}}]"
    )

    private func need(_ resource: ResourceType, _ name: String) -> Need {
        .object(resource, ObjectKey(namespace: "default", name: name))
    }

    private func backup(_ status: String, cluster: String = "demo") -> String {
        """
        apiVersion: postgresql.cnpg.io/v1
        kind: Backup
        metadata: {name: nightly-7, namespace: default, labels: {cnpg.io/cluster: demo}}
        spec: {cluster: {name: \(cluster)}}
        status: {\(status)}
        """
    }

    private let completed = """
        phase: completed, backupId: "20261130T020000", majorVersion: 16, stoppedAt: "2026-11-30T02:00:00Z"
        """

    private let original: JSONValue = [
        "spec": [
            "engine": "postgresql", "clusterSize": 3, "storage": "10Gi", "stopped": true, "size": "db.t3.large",
            "dataSource": ["backup": ["name": "ancient"]], "backup": ["storage": "s3-main"],
            "expose": ["type": "LoadBalancer", "annotations": ["dns": "db.example.com"]],
        ]
    ]

    /// With everything known that is asked for.
    private func operation(_ request: String, _ running: Running? = nil, backups: [String]? = nil) -> OperationCase {
        var operation = OperationCase(request, running ?? archiving)
        operation.more = backups ?? [backup(completed)]
        operation.answers = [
            need(DatabaseCluster.resource, "demo"): .object(original),
            need(DatabaseCluster.resource, "copy"): .absent,
        ]
        return operation
    }

    @Test("The original and the name are looked at first")
    func needs() throws {
        var operation = operation(fromBackup, backups: [])
        operation.answers = [:]
        guard case .need(let needs) = try operation.answer() else {
            Issue.record("it must ask")
            return
        }
        #expect(needs.map(\.name) == ["demo", "copy", "nightly-7"])
    }

    @Test("The new cluster is like the old one but for its source, its version and its doors to the outside")
    func copy() throws {
        let intents = try operation(fromBackup).intents()
        guard intents.count == 1, case .create(let copy) = intents[0] else {
            Issue.record("one DatabaseCluster was expected")
            return
        }
        #expect(try operation(fromBackup).intents() == intents)
        #expect(copy.resource == DatabaseCluster.resource)
        #expect(copy.key.name == "copy")
        #expect(copy.content.at("metadata", "labels", "dbaas.io/ops-request") == "abc")
        #expect(copy.content.at("metadata", "ownerReferences") == nil, "it must outlive request and original")
        let spec = try #require(copy.content["spec"])
        #expect(spec["dataSource"] == ["backup": ["name": "nightly-7"]])
        #expect(spec["size"] == "db.t3.large")
        #expect(spec["version"] == "16.4")
        #expect(spec["stopped"] == nil)
        #expect(spec["expose"] == nil, "clients must not find two")
        #expect(DatabaseClusterRules.validate(new: copy.content, old: nil).isEmpty)
    }

    @Test("Data of an earlier major version is restored into that version")
    func majorVersion() throws {
        let later = Running(
            image: "ghcr.io/cloudnative-pg/postgresql:18.4-standard-trixie",
            plugins: archiving.plugins,
            dataMajor: 18
        )
        guard case .create(let copy) = try operation(fromBackup, later).intents().first else {
            Issue.record("a DatabaseCluster was expected")
            return
        }
        #expect(copy.content.at("spec", "version") == "16")
    }

    @Test("A point in time is restored from the archive")
    func pointInTime() throws {
        guard case .create(let copy) = try operation(toTime).intents().first else {
            Issue.record("a DatabaseCluster was expected")
            return
        }
        let source: JSONValue = ["cluster": ["name": "demo", "pointInTime": "2026-12-01T12:00:00Z"]]
        #expect(copy.content.at("spec", "dataSource") == source)
    }

    @Test("What was created is not created again, and somebody else's cluster is not taken for it")
    func again() throws {
        var ours = operation(fromBackup)
        let label: JSONValue = ["metadata": ["labels": ["dbaas.io/ops-request": "abc"]]]
        ours.answers[need(DatabaseCluster.resource, "copy")] = .object(label)
        #expect(try ours.answer() == .intents([], log: "DatabaseCluster copy was created"))
        ours.answers[need(DatabaseCluster.resource, "copy")] = .object(["metadata": ["labels": [:]]])
        #expect(try ours.refusal()?.reason == "NameTaken")
    }

    @Test("Backups that are not there, not completed, or of another cluster are refused with those that there are")
    func backupRefusals() throws {
        var absent = operation(fromBackup, backups: [])
        absent.answers[need(CNPGCase.backup, "nightly-7")] = .absent
        #expect(try absent.refusal()?.reason == "BackupNotFound")
        let running = try operation(fromBackup, backups: [backup("phase: started, error: slow")]).refusal()
        #expect(running?.reason == "BackupNotCompleted")
        #expect(running?.message.contains("\"started\": slow") == true)
        let other = try operation(fromBackup, backups: [backup(completed, cluster: "other")]).refusal()
        #expect(other?.reason == "BackupOfAnotherCluster")
        let inPlace = try operation("type: Restore, restore: {backup: nightly-7}").refusal()
        #expect(inPlace?.reason == "InPlaceRestoreUnsupported")
        let badName = "type: Restore, restore: {backup: nightly-7, into: copy-pooler}"
        var unfit = operation(badName)
        unfit.answers[need(DatabaseCluster.resource, "copy-pooler")] = .absent
        #expect(try unfit.refusal()?.reason == "InvalidName")
    }

    @Test("A time that the archive does not have is refused before the members fail to come up")
    func timeRefusals() throws {
        #expect(try operation(toTime, Running()).refusal()?.reason == "BackupNotConfigured")
        #expect(try operation(toTime, backups: []).refusal()?.reason == "BackupNotFound")
        let future = "type: Restore, restore: {pointInTime: \"2099-01-01T00:00:00Z\", into: copy}"
        #expect(try operation(future).refusal()?.message.contains("future") == true)
        let early = "type: Restore, restore: {pointInTime: \"2026-11-29T00:00:00Z\", into: copy}"
        let refusal = try operation(early).refusal()
        #expect(refusal?.reason == "PointInTimeNotCovered")
        #expect(refusal?.message.contains("2026-11-30T02:00:00Z") == true)
        let before = "type: Restore, restore: {backup: nightly-7, pointInTime: \"2026-11-30T01:00:00Z\", into: copy}"
        #expect(try operation(before).refusal()?.reason == "PointInTimeNotCovered")
    }

    private func progress(
        _ status: String,
        phase: String,
        _ reason: String = "",
        label: String = "abc"
    ) throws
        -> OperationCase
    {
        var operation = OperationCase(fromBackup, archiving, status: OperationCase.executed(secondsAgo: 60))
        operation.answers[need(DatabaseCluster.resource, "copy")] = .object(
            try Manifests.value(
                """
                metadata: {name: copy, namespace: default, generation: 1, labels: {dbaas.io/ops-request: \(label)}}
                spec: {engine: postgresql, storage: 10Gi, clusterSize: 3, dataSource: {backup: {name: nightly-7}}}
                status: {\(status)}
                """
            )
        )
        operation.answers[need(CNPGCase.cluster, "copy")] = .object(
            try Manifests.value(
                """
                metadata: {name: copy, namespace: default}
                status: {phase: \(phase), phaseReason: "\(reason)"}
                """
            )
        )
        return operation
    }

    @Test("It has succeeded when the new cluster is Ready, whatever this one is")
    func evidence() throws {
        var unknown = OperationCase(fromBackup, archiving, status: OperationCase.executed(secondsAgo: 60))
        unknown.running.phase = "Cluster is unrecoverable and needs manual intervention"
        guard case .need = try unknown.report() else {
            Issue.record("the new cluster must be looked at")
            return
        }
        let early = try progress(
            "phase: Initializing, message: joining, readyInstances: 1, observedGeneration: 1",
            phase: "Creating a new replica"
        )
        #expect(try early.percent() == 50)
        #expect(try early.missing()?.contains("Initializing: joining") == true)
        let old = try progress("phase: Ready, readyInstances: 3", phase: "Cluster in healthy state")
        #expect(try old.evidence() == nil)
        let ready = "phase: Ready, readyInstances: 3, observedGeneration: 1"
        let done = try progress(ready, phase: "Cluster in healthy state").evidence()
        #expect(done == ["DatabaseCluster copy is Ready with 3 of 3 members", "its data is that of backup nightly-7"])
    }

    @Test("A recovery that CloudNativePG gives up, and a copy that is gone, fail it")
    func failures() throws {
        let broken = try progress(
            "phase: Failed, observedGeneration: 1",
            phase: "Cluster is unrecoverable and needs manual intervention",
            "copy-1-full-recovery"
        )
        #expect(try broken.failure()?.message.contains("copy-1-full-recovery") == true)
        let foreign = try progress("phase: Ready", phase: "Cluster in healthy state", label: "other")
        #expect(try foreign.failure()?.reason == "TargetGone")
    }
}

/// The kinds that the provider asks for.
enum CNPGCase {
    static let backup = kind("Backup")
    static let cluster = kind("Cluster")

    private static func kind(_ name: String) -> ResourceType {
        CNPGProvider().watches.map(\.resource).first { $0.kind == name } ?? DatabaseCluster.resource
    }
}

extension Need {
    fileprivate var name: String {
        if case .object(_, let key) = self { key.name } else { "" }
    }
}
