import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

/// Upgrades, larger volumes, switchovers and members made anew.
@Suite struct MongoActsTests {
    private let executed = OperationCase.executed(secondsAgo: 60)
    private let standard = Need.object(.storageClass, ObjectKey(name: "standard"))

    // MARK: - Upgrade

    @Test("An upgrade is proved by the image of every member and by what Percona's operator reports")
    func upgrade() throws {
        let old = "percona/percona-server-mongodb:7.0.30-16"
        var upgrade = MongoCase(
            "type: Upgrade, upgrade: {version: \"8.0\"}",
            MongoRunning(image: old, mongoVersion: "7.0.30-16"),
            spec: "version: \"7.0\""
        )
        #expect(try upgrade.change()?.log == "version 7.0.30-16 → 8.0.19-7")
        upgrade.spec = "version: \"8.0\""
        upgrade.status = executed
        #expect(try upgrade.missing()?.contains("to be told of image \(MongoRunning.image)") == true)
        upgrade.running.image = MongoRunning.image
        upgrade.running.images = [0: old]
        #expect(try upgrade.percent() == 66)
        upgrade.running.images = [:]
        #expect(
            try upgrade.missing()?.contains("status.mongoVersion") == true,
            "ready comes before the version is read"
        )
        upgrade.running.mongoVersion = "8.0.19-7"
        #expect(try upgrade.evidence()?.count == 4)
    }

    @Test(
        "Ways that do not lead on are refused with those that do",
        arguments: [
            ("7.0", "DowngradeRefused"), ("8.0.12-4", "DowngradeRefused"), ("9.0", "UnknownVersion"),
            ("latest", "InvalidVersion"),
        ]
    )
    func paths(_ version: String, _ reason: String) throws {
        let refusal = try MongoCase("type: Upgrade, upgrade: {version: \"\(version)\"}", spec: "version: \"8.0\"")
            .refusal()
        #expect(refusal?.reason == reason)
        #expect(refusal?.message.contains("from 8.0.19-7") == true)
    }

    @Test("A major version is not skipped")
    func skipping() throws {
        let running = MongoRunning(image: "percona/percona-server-mongodb:6.0.27-21", mongoVersion: "6.0.27-21")
        let refusal = try MongoCase("type: Upgrade, upgrade: {version: \"8.0\"}", running, spec: "version: \"6.0\"")
            .refusal()
        #expect(refusal?.reason == "UpgradePathUnsupported")
        #expect(refusal?.message.contains("it can be 7.0.30-16") == true)
    }

    @Test("Once all members have run the new major version there is no way back, before there is")
    func irreversible() throws {
        let handler = MongoRunning.provider.operations
        var upgrade = MongoCase(
            "type: Upgrade, upgrade: {version: \"8.0\"}",
            MongoRunning(mongoVersion: "7.0.30-16"),
            spec: "version: \"8.0\"",
            status: OperationCase.executed(secondsAgo: 60, and: "previous: {version: \"7.0\"}")
        )
        #expect(try handler.irreversible(upgrade.context()) == nil)
        upgrade.running.mongoVersion = "8.0.19-7"
        #expect(try handler.irreversible(upgrade.context())?.reason == "DowngradeRefused")
    }

    // MARK: - Volumes

    @Test("Volumes grow only where their class can, and are proved by their capacity")
    func expansion() throws {
        var expansion = MongoCase("type: VolumeExpansion, volumeExpansion: {storage: 20Gi}")
        #expect(try expansion.answer() == .need([standard]))
        expansion.answers = [standard: .object(["allowVolumeExpansion": false])]
        #expect(try expansion.refusal()?.reason == "StorageClassCannotExpand")
        expansion.answers = [standard: .object(["allowVolumeExpansion": true])]
        #expect(try expansion.change()?.patch == ["storage": "20Gi"])
        expansion.storage = "20Gi"
        expansion.status = executed
        #expect(try expansion.missing() == "Percona's operator to be told of 20Gi")
        expansion.running.size = "20Gi"
        #expect(try expansion.missing()?.contains("it has 10Gi") == true)
        expansion.running.capacity = "20Gi"
        expansion.running.resizing = true
        #expect(try expansion.missing() == "StatefulSet demo-rs0 to be made anew")
        expansion.running.resizing = false
        #expect(try expansion.evidence()?.count == 3)
        expansion.request = "type: VolumeExpansion, volumeExpansion: {storage: 5Gi}"
        #expect(try expansion.refusal()?.reason == "StorageCannotShrink")
    }

    @Test("A size that Percona's operator has taken back fails the operation, and the same request later asks again")
    func reverted() throws {
        var expansion = MongoCase(
            "type: VolumeExpansion, volumeExpansion: {storage: 20Gi}",
            status: executed
        )
        expansion.storage = "20Gi"
        expansion.running.requestedStorage = "20Gi"
        expansion.running.claimConditions = """
            [{type: ControllerResizeError, status: "True", message: quota exceeded, lastTransitionTime: "\(OperationCase.ago(30))"}]
            """
        let failure = try expansion.failure()
        #expect(failure?.reason == "ExpansionReverted")
        #expect(failure?.message.contains("quota exceeded") == true)
        expansion.status = ""
        expansion.answers = [standard: .object(["allowVolumeExpansion": true])]
        let notes = try expansion.intents().first?.body?.at("metadata", "annotations")
        #expect(notes == ["dbaas.io/requested-storage": .null])
    }

    @Test("What was taken back is not asked for again by rendering, and is once the note of it is gone")
    func notRepeated() throws {
        let cluster = try MongoCase.cluster("clusterSize: 3", storage: "20Gi")
        func size(_ running: MongoRunning) throws -> JSONValue? {
            let child = MongoRunning.provider.desiredObjects(for: cluster, try running.observed()).first?.content
            return child?.at("spec", "replsets")?[0]?.at(
                "volumeSpec",
                "persistentVolumeClaim",
                "resources",
                "requests",
                "storage"
            )
        }
        #expect(try size(MongoRunning(requestedStorage: "20Gi")) == "10Gi")
        #expect(try size(MongoRunning()) == "20Gi")
    }

    // MARK: - Switchover

    private func recorded(
        _ running: MongoRunning = MongoRunning(),
        to ordinal: Int = 2,
        isAsked: Bool = true
    ) -> MongoRunning {
        var running = running
        running.annotations["dbaas.io/operation"] =
            "{\"attempt\":1,\"from\":\"demo-rs0-0\",\"request\":\"abc\",\"to\":\"demo-rs0-\(ordinal)\"}"
        if isAsked { running.annotations["dbaas.io/successor"] = MongoRunning.pod(ordinal) }
        return running
    }

    @Test(
        "A switchover gives the target a priority, waits until MongoDB says PRIMARY of it, and takes the priority back"
    )
    func switchover() throws {
        var switchover = MongoCase("type: Switchover, switchover: {target: demo-rs0-2}")
        let intents = try switchover.intents()
        #expect(intents.count == 2)
        #expect(intents.last?.body?.at("metadata", "annotations", "dbaas.io/successor") == "demo-rs0-2")
        #expect(try switchover.intents() == intents)
        switchover.status = executed
        switchover.running = recorded()
        #expect(try switchover.missing() == "demo-rs0-2 to lead instead of demo-rs0-0")
        switchover.running.primary = 2
        guard case .further(let writes, _) = try switchover.report() else {
            Issue.record("the priority is to be taken back")
            return
        }
        #expect(writes.first?.body == ["metadata": ["annotations": ["dbaas.io/successor": .null]]])
        switchover.running = recorded(MongoRunning(seenGeneration: 3, primary: 2), isAsked: false)
        #expect(try switchover.missing() == "Percona's operator to act on its new spec")
        switchover.running.seenGeneration = 4
        #expect(try switchover.evidence()?.first == "MongoDB says PRIMARY of demo-rs0-2, before it was demo-rs0-0")
    }

    @Test("The successor has the higher priority in what is rendered, as long as it is one of the members")
    func priority() throws {
        func overrides(_ running: MongoRunning) throws -> JSONValue? {
            let cluster = try MongoCase.cluster("clusterSize: 3")
            let child = MongoRunning.provider.desiredObjects(for: cluster, try running.observed()).first?.content
            return child?.at("spec", "replsets")?[0]?["replsetOverrides"]
        }
        #expect(try overrides(recorded()) == ["demo-rs0-2": ["priority": 10]])
        #expect(try overrides(recorded(to: 7)) == nil)
        #expect(try overrides(MongoRunning()) == nil)
    }

    @Test("Who was chosen is not chosen anew, and a second attempt takes another one")
    func choice() throws {
        var switchover = MongoCase("type: Switchover")
        #expect(try switchover.intents().last?.body?.description.contains("demo-rs0-1") == true)
        switchover.running = recorded()
        #expect(try switchover.intents().last?.body?.description.contains("demo-rs0-2") == true)
        switchover.attempt = 2
        switchover.running.annotations["dbaas.io/operation"] =
            "{\"attempt\":1,\"request\":\"abc\",\"to\":\"demo-rs0-1\"}"
        #expect(try switchover.intents().last?.body?.description.contains("demo-rs0-2") == true)
    }

    @Test("Who cannot take over is refused with those who could")
    func switchoverRefusals() throws {
        let unknown = try MongoCase("type: Switchover, switchover: {target: x}").refusal()
        #expect(unknown?.message.contains("demo-rs0-0 (primary), demo-rs0-1, demo-rs0-2") == true)
        let syncing = MongoRunning(memberStates: [2: "STARTUP2"])
        let lame = try MongoCase("type: Switchover, switchover: {target: demo-rs0-2}", syncing).refusal()
        #expect(lame?.reason == "TargetNotReady")
        #expect(lame?.message.contains("STARTUP2") == true)
        let alone = MongoCase("type: Switchover", MongoRunning(members: 1, ready: 1), spec: "clusterSize: 1")
        #expect(try alone.refusal()?.reason == "SingleMember")
        #expect(try MongoCase("type: Switchover, switchover: {target: demo-rs0-0}").isAlreadySo())
    }

    @Test("A priority that a switchover has left is taken back when its request is over")
    func leftPriority() throws {
        let view = MongoRunning.provider.view(of: try MongoCase.cluster("clusterSize: 3"), try recorded().observed())
        #expect(view.retirements(underWay: ["abc"]) == [])
        #expect(view.retirements(underWay: []).first?.body?.description.contains("dbaas.io/successor") == true)
    }

    // MARK: - Rebuild

    @Test("A rebuilt member is proved by another volume and by MongoDB calling it a secondary")
    func rebuild() throws {
        var rebuild = MongoCase("type: RebuildInstance, rebuildInstance: {instance: demo-rs0-2}")
        let intents = try rebuild.intents()
        #expect(intents.map(\.target.resource) == [.psmdb, .persistentVolumeClaim, .pod])
        rebuild.status = OperationCase.executed(secondsAgo: 10)
        let note = "{\"attempt\":1,\"instance\":\"demo-rs0-2\",\"request\":\"abc\",\"volume\":\"claim-2\"}"
        rebuild.running.annotations["dbaas.io/operation"] = note
        #expect(try rebuild.missing() == "the old volume of demo-rs0-2 to be removed")
        rebuild.running.claimUIDs = [2: "new"]
        rebuild.running.memberStates = [2: "STARTUP2"]
        #expect(try rebuild.missing() == "demo-rs0-2 to copy the data (MongoDB says STARTUP2)")
        #expect(try rebuild.intents() == [], "the new one is not thrown away")
        rebuild.running.memberStates = [:]
        rebuild.running.created = [2: OperationCase.ago(4)]
        #expect(try rebuild.missing()?.contains("may still be of the old one") == true)
        rebuild.running.created = [2: OperationCase.ago(30)]
        #expect(try rebuild.evidence()?.first == "volume mongod-data-demo-rs0-2 is new (new)")
    }

    @Test("A primary, a single member and one without which nobody could lead are not given up")
    func rebuildRefusals() throws {
        func refusal(_ member: Int, _ running: MongoRunning, size: Int = 3) throws -> String? {
            try MongoCase(
                "type: RebuildInstance, rebuildInstance: {instance: demo-rs0-\(member)}",
                running,
                spec: "clusterSize: \(size)"
            ).refusal()?.reason
        }
        #expect(try refusal(0, MongoRunning()) == "MemberIsPrimary")
        #expect(try refusal(9, MongoRunning()) == "UnknownMember")
        #expect(try refusal(0, MongoRunning(members: 1, ready: 1), size: 1) == "SingleMember")
        #expect(try refusal(1, MongoRunning(ready: 2)) == "MemberNotReady")
        #expect(try refusal(2, MongoRunning(ready: 2)) == nil, "the broken one itself may be")
    }

    @Test("One member restarts by another pod")
    func restartInstance() throws {
        let request = "type: Custom, custom: {operation: restart-instance, parameters: {instance: demo-rs0-1}}"
        var restart = MongoCase(request)
        #expect(try restart.intents().count == 2)
        restart.status = OperationCase.executed(secondsAgo: 10)
        restart.running.annotations["dbaas.io/operation"] = "{\"attempt\":1,\"pod\":\"pod-1\",\"request\":\"abc\"}"
        #expect(try restart.missing() == "demo-rs0-1 to have another pod")
        restart.running.podUIDs = [1: "new"]
        #expect(try restart.evidence() == ["demo-rs0-1 runs in another pod and is ready"])
        #expect(try restart.intents() == [])
        let beside = MongoCase(request, MongoRunning(ready: 2))
        #expect(try beside.refusal()?.reason == "MemberNotReady", "two of three down have no majority")
        #expect(try MongoCase(request, MongoRunning(pods: 2)).refusal()?.reason == "MemberNotReady")
        #expect(try MongoCase(request + ", force: true", MongoRunning(ready: 2)).intents().count == 2)
        let crash = "{name: mongod, state: {waiting: {reason: CrashLoopBackOff}}}"
        #expect(try MongoCase(request, MongoRunning(ready: 1, containers: [1: crash])).intents().count == 2)
        #expect(try MongoCase("type: Custom, custom: {operation: fly}").refusal()?.reason == "UnknownOperation")
    }
}

extension ResourceType {
    static let psmdb = ResourceType(
        group: "psmdb.percona.com",
        version: "v1",
        plural: "perconaservermongodbs",
        kind: "PerconaServerMongoDB"
    )
    static func psmdb(_ suffix: String) -> ResourceType {
        ResourceType(
            group: "psmdb.percona.com",
            version: "v1",
            plural: "perconaservermongodb\(suffix.lowercased())s",
            kind: "PerconaServerMongoDB\(suffix)"
        )
    }
}
