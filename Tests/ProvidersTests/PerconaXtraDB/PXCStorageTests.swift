import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite("Volumes, versions and members made anew of a Percona XtraDB Cluster") struct PXCStorageTests {
    private static let larger = "type: VolumeExpansion, volumeExpansion: {storage: 20Gi}"

    private func expansion(
        _ running: PXCRunning,
        storage: String = "10Gi",
        allowed: Bool? = true
    ) throws -> StorageTrial {
        var trial = StorageTrial(running: running, storage: storage, request: Self.larger)
        let need = Need.object(.storageClass, ObjectKey(name: "standard"))
        if let allowed { trial.answers[need] = .object(["allowVolumeExpansion": .bool(allowed)]) }
        return trial
    }

    @Test("The class is looked at first, and one that cannot expand refuses")
    func storageClass() throws {
        guard case .need(let needs) = try expansion(PXCRunning(), allowed: nil).answer() else {
            Issue.record("the class must be asked for")
            return
        }
        #expect(needs.count == 1)
        #expect(try expansion(PXCRunning(), allowed: false).refusal()?.reason == "StorageClassCannotExpand")
        #expect(try expansion(PXCRunning()).change()?.patch == ["storage": "20Gi"])
        #expect(try expansion(PXCRunning(), storage: "30Gi").refusal()?.reason == "StorageCannotShrink")
        #expect(try expansion(PXCRunning(pods: 2)).postponement()?.reason == "MembersMissing")
    }

    @Test("Growth is proved by the capacity of each volume in use, after Percona's operator has ended it")
    func growth() throws {
        let told = PXCRunning(storage: "20Gi", requestedStorage: "20Gi")
        #expect(try expansion(told, storage: "20Gi").missing()?.contains("datadir-demo-pxc-0 to grow to 20Gi") == true)
        var grown = told
        grown.capacity = "20Gi"
        grown.clusterAnnotations = ["percona.com/pvc-resize-in-progress": "now"]
        #expect(try expansion(grown, storage: "20Gi").evidence() == nil)
        grown.clusterAnnotations = [:]
        #expect(try expansion(grown, storage: "20Gi").evidence()?.count == 3)
    }

    @Test("A size that was taken back fails the operation, and the next request has it asked for again")
    func reverted() throws {
        let failed = "[{type: NodeResizeError, status: \"True\", message: no space in the pool}]"
        let running = PXCRunning(requestedStorage: "20Gi", claimConditions: failed)
        let trial = try expansion(running, storage: "20Gi")
        #expect(try trial.failure()?.reason == "ExpansionReverted")
        #expect(try trial.failure()?.message.contains("no space in the pool") == true)
        #expect(
            try trial.intents().first?.body == ["metadata": ["annotations": ["dbaas.io/requested-storage": .null]]]
        )
        #expect(trial.handler.irreversible(try trial.context())?.reason == "StorageCannotShrink")
    }

    @Test("An upgrade is proved by each member's image and by what the servers report")
    func upgrade() throws {
        let request = "type: Upgrade, upgrade: {version: 8.0.44-35.1}"
        #expect(try PXCTrial(request).change()?.patch == ["version": "8.0.44-35.1"])
        let image = "percona/percona-xtradb-cluster:8.0.44-35.1"
        let spec = "version: 8.0.44-35.1"
        let rolling = PXCRunning(image: image, podImage: "percona/percona-xtradb-cluster:8.0.42-33.1")
        #expect(try PXCTrial(request, rolling, spec: spec).missing()?.contains("demo-pxc-0 to run") == true)
        let unreported = PXCRunning(image: image)
        #expect(try PXCTrial(request, unreported, spec: spec).missing()?.contains("report 8.0.42-33.1") == true)
        let done = PXCRunning(image: image, version: "8.0.44-35.1")
        #expect(try PXCTrial(request, done, spec: spec).evidence()?.last == "the servers report 8.0.44-35.1")
        #expect(try PXCTrial("type: Upgrade, upgrade: {version: \"8.0\"}").isAlreadySo())
    }

    @Test(
        "A downgrade, another series and an unknown version are refused",
        arguments: [
            ("8.0.41-32.1", "DowngradeRefused"), ("8.4", "UpgradePathUnsupported"), ("9.0", "UnknownVersion"),
            ("new", "InvalidVersion"),
        ]
    )
    func paths(_ version: String, _ reason: String) throws {
        let request = "type: Upgrade, upgrade: {version: \"\(version)\"}"
        #expect(try PXCTrial(request).refusal()?.reason == reason)
    }

    @Test("An upgrade goes back only while no member has run the new version")
    func irreversible() throws {
        let request = "type: Upgrade, upgrade: {version: 8.0.44-35.1}"
        let new = "percona/percona-xtradb-cluster:8.0.44-35.1"
        let status = "previous: {version: 8.0.42-33.1}"
        func refusal(_ running: PXCRunning) throws -> Refusal? {
            let trial = PXCTrial(request, running, spec: "version: 8.0.44-35.1", status: status)
            return trial.handler.irreversible(try trial.context())
        }
        #expect(try refusal(PXCRunning(ready: 0, image: new)) == nil)
        #expect(try refusal(PXCRunning(ready: 3, image: new))?.reason == "DowngradeRefused")
    }

    @Test("A member is made anew by giving up its claim, then its pod, once")
    func rebuild() throws {
        let request = "type: RebuildInstance, rebuildInstance: {instance: demo-pxc-2}"
        let intents = try PXCTrial(request).intents()
        #expect(intents.dropFirst().map { $0.target.key.name } == ["datadir-demo-pxc-2", "demo-pxc-2"])
        let note = try #require(intents.first?.body?.at("metadata", "annotations", "dbaas.io/operation")?.string)
        var running = PXCRunning(clusterAnnotations: ["dbaas.io/operation": note])
        #expect(try PXCTrial(request, running).missing()?.contains("old volume") == true)
        running.claimUIDs = [2: "another"]
        running.podUIDs = [2: "another"]
        #expect(try PXCTrial(request, running, status: "phase: Running").intents() == [])
        #expect(try PXCTrial(request, running).evidence()?.first?.contains("another") == true)
        running.ready = 2
        #expect(try PXCTrial(request, running).evidence() == nil)
        #expect(try PXCTrial(request).failure()?.reason == "RecordLost")
    }

    @Test("A member is not made anew where nobody could lend it the data")
    func rebuildRefused() throws {
        func reason(_ instance: String, _ running: PXCRunning, spec: String = "") throws -> String? {
            let request = "type: RebuildInstance, rebuildInstance: {instance: \(instance)}"
            return try PXCTrial(request, running, spec: spec).refusal()?.reason
        }
        #expect(try reason("demo-pxc-7", PXCRunning()) == "UnknownMember")
        let alone = PXCRunning(members: 1, ready: 1, size: 1)
        #expect(try reason("demo-pxc-0", alone, spec: "clusterSize: 1") == "TooFewMembers")
        #expect(try reason("demo-pxc-0", PXCRunning(ready: 2)) == "MemberNotReady")
        #expect(try reason("demo-pxc-2", PXCRunning(ready: 2)) == nil, "it is the broken one that is rebuilt")
    }
}

/// An operation on a cluster whose spec asks for that storage.
private struct StorageTrial: OperationTrial {
    var running: PXCRunning
    var storage: String
    var request: String
    var answers: [Need: NeedAnswer] = [:]

    let handler = PXCRunning.provider.operations

    func context() throws -> OperationContext {
        OperationContext(
            cluster: try Manifests.cluster("", engine: "mysql", storage: storage, status: "phase: Ready"),
            request: try Manifests.request(request),
            observed: try running.observed(answers: answers)
        )
    }
}
