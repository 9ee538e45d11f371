import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("Percona XtraDB stand-in: backups and restores")
struct XtraBackupTests {
    @Test("A backup is a job; why one failed is only told there")
    func backup() async throws {
        var world = FakeWorld.xtra()
        try await world.haveXtra(3)
        try world.createXtraBackup("one", finalizers: ["percona.com/delete-backup", "foreign"])
        try await world.reach { $0.jobState(.perconaXtraDBBackup, "one") == "Starting" }
        try await world.reach { $0.jobState(.perconaXtraDBBackup, "one") == "Running" }
        try await world.reach { $0.jobState(.perconaXtraDBBackup, "one") == "Succeeded" }
        let destination = world.stored(.perconaXtraDBBackup, "one")?.at("status", "destination")?.string
        let form = /s3:\/\/bucket\/prefix\/mysql-2026-\d\d-\d\d-\d\d:\d\d:\d\d-full/
        #expect(destination?.wholeMatch(of: form) != nil)
        #expect(world.stored(.job, "xb-one") != nil && world.count(.backups) == 1)

        try world.annotate("sandbox.dbaas.io/fail", "backup")
        try world.createXtraBackup("two")
        try await world.reach { $0.jobState(.perconaXtraDBBackup, "two") == "Failed" }
        #expect(world.stored(.perconaXtraDBBackup, "two")?.at("status", "error") == nil)
        #expect(world.stored(.job, "xb-two")?.conditionStatus("Failed") == "True")

        try world.createXtraBackup("three", ["storageName": "none"])
        try await world.reach { $0.jobState(.perconaXtraDBBackup, "three") == "Failed" }
        #expect(world.stored(.perconaXtraDBBackup, "three")?.at("status", "error") == "storage none doesn't exist")

        try world.remove(.perconaXtraDBBackup, "one")
        _ = await world.run(seconds: 10)
        #expect(world.stored(.perconaXtraDBBackup, "one")?.finalizers == ["foreign"])
    }

    @Test("Beside a cluster that is not ready a backup waits for ever, unless it has a deadline")
    func deadline() async throws {
        var world = FakeWorld.xtra()
        try await world.haveXtra(3)
        try world.patch(["spec": ["pause": true]])
        try await world.reach { $0.status["state"] == "paused" && $0.pods.isEmpty }
        try world.createXtraBackup("patient")
        _ = await world.run(seconds: 3600)
        #expect(world.jobState(.perconaXtraDBBackup, "patient") == nil && world.count(.backups) == 0)
        try world.createXtraBackup("hasty", ["startingDeadlineSeconds": 60])
        _ = await world.run(seconds: 50)
        #expect(world.jobState(.perconaXtraDBBackup, "hasty") == nil)
        _ = await world.run(seconds: 30)
        #expect(world.jobState(.perconaXtraDBBackup, "hasty") == "Failed")
        let error = world.stored(.perconaXtraDBBackup, "hasty")?.at("status", "error")?.string
        #expect(error == "starting deadline seconds exceeded: deadline exceeded")
    }

    @Test(
        "A restore stops the cluster, keeps one volume, and puts back the sizes it has saved",
        arguments: [false, true]
    )
    func restore(isToTime: Bool) async throws {
        var world = FakeWorld.xtra()
        let pitr: JSONValue = ["enabled": .bool(isToTime), "storageName": "s3"]
        try await world.haveXtra(3, ["backup": ["pitr": pitr]])
        try world.createXtraBackup("one")
        try await world.reach { $0.jobState(.perconaXtraDBBackup, "one") == "Succeeded" }
        _ = await world.run(seconds: 60)
        world.forgetPhases()
        let volumes = world.claims.map(\.objectUID)
        var spec: JSONValue = ["backupName": "one"]
        if isToTime { spec["pitr"] = ["type": "latest", "backupSource": ["storageName": "s3"]] }
        try world.createXtraRestore("back", spec)
        var states: [String] = []
        try await world.reach { world in
            let state = world.jobState(.perconaXtraDBRestore, "back") ?? ""
            if states.last != state { states.append(state) }
            return state == "Succeeded"
        }
        let middle = isToTime ? "Point-in-time recovering" : "Preparing Cluster"
        #expect(
            states.filter { !$0.isEmpty } == [
                "Starting", "Stopping Cluster", "Restoring", middle, "Starting Cluster", "Succeeded",
            ]
        )
        try await world.reach { $0.isReadyXtra(3) }
        #expect(world.cluster.at("spec", "pause") == false && world.cluster.at("spec", "haproxy", "size") == 2)
        #expect(world.cluster.at("spec", "unsafeFlags", "pxcSize") == nil)
        #expect(world.claims.first?.objectUID == volumes.first && world.claims.last?.objectUID != volumes.last)
        #expect(world.count(.restores) == 1 && world.count(.scalings) == 0 && world.count(.hibernations) == 0)
    }

    @Test("A restore of a stopped cluster saves no size and writes it back: nothing starts any more")
    func restoreStopped() async throws {
        var world = FakeWorld.xtra()
        try await world.haveXtra(3)
        try world.createXtraBackup("one")
        try await world.reach { $0.jobState(.perconaXtraDBBackup, "one") == "Succeeded" }
        try world.patch(["spec": ["pause": true]])
        try await world.reach { $0.status["state"] == "paused" && $0.pods.isEmpty }
        try world.createXtraRestore("back", ["backupName": "one"])
        _ = await world.run(seconds: 120)
        #expect(world.cluster.at("spec", "pxc", "size") == 0 && world.status["state"] == "error")
        #expect(world.jobState(.perconaXtraDBRestore, "back") == "Failed")
    }

    @Test("Two restores at once, one of nothing, and one whose job's name is too long fail with a comment")
    func refusals() async throws {
        var world = FakeWorld.xtra()
        try await world.haveXtra(3)
        try world.createXtraBackup("one")
        try await world.reach { $0.jobState(.perconaXtraDBBackup, "one") == "Succeeded" }
        try world.createXtraRestore("none", ["backupName": "missing"])
        try await world.reach { $0.jobState(.perconaXtraDBRestore, "none") == "Failed" }
        let comment = world.stored(.perconaXtraDBRestore, "none")?.at("status", "comments")?.string
        #expect(comment?.contains("not found") == true)
        #expect(world.isReadyXtra(3))

        try world.createXtraRestore("first", ["backupName": "one"])
        try world.createXtraRestore("second", ["backupName": "one"])
        _ = await world.run(seconds: 5)
        let states = ["first", "second"].map { world.jobState(.perconaXtraDBRestore, $0) }
        #expect(states.contains("Failed"))

        _ = await world.run(seconds: 120)
        let long = String(repeating: "x", count: 60)
        try world.createXtraRestore(long, ["backupName": "one"])
        try await world.reach { $0.jobState(.perconaXtraDBRestore, long) == "Failed" }
        #expect(world.cluster.at("spec", "pause") == true, "the failed restore leaves the cluster stopped")
    }

    @Test("Schedules are kept by the operator's clock, and left out while the cluster is not ready")
    func schedule() async throws {
        var world = FakeWorld.xtra()
        let task: JSONValue = [
            "name": "hourly", "schedule": "0 * * * *", "storageName": "s3",
            "retention": ["type": "count", "count": 2, "deleteFromStorage": true],
        ]
        try await world.haveXtra(3, ["backup": ["schedule": [task]]])
        _ = await world.run(seconds: 4 * 3600)
        let made = world.api.list(.perconaXtraDBBackup, namespace: "default", labels: [:])
        #expect(world.count(.backups) == 4 && made.count == 2)
        #expect(made.allSatisfy { $0.objectName.hasPrefix("cron-mysql-s3-2026") })
        #expect(made.allSatisfy { $0.label("percona.com/backup-ancestor")?.hasSuffix("-hourly") == true })
        try world.patch(["spec": ["pause": true]])
        _ = await world.run(seconds: 3 * 3600)
        #expect(world.count(.backups) == 4)
    }
}
