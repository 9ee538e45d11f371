import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite struct CNPGUpgradeTests {
    private let old = "ghcr.io/cloudnative-pg/postgresql:16.4-standard-trixie"
    private let minor = "ghcr.io/cloudnative-pg/postgresql:16.10-standard-trixie"
    private let major = "ghcr.io/cloudnative-pg/postgresql:18-standard-trixie"

    private func upgrade(
        to version: String,
        _ running: Running = Running(),
        spec: String = "clusterSize: 3",
        status: String = ""
    ) -> OperationCase {
        OperationCase("type: Upgrade, upgrade: {version: \"\(version)\"}", running, spec: spec, status: status)
    }

    @Test("A version is changed in the spec, as often as it is asked")
    func change() throws {
        let change = try #require(try upgrade(to: "16.10", spec: "clusterSize: 3, version: \"16.4\"").change())
        #expect(change.patch == ["version": "16.10"])
        #expect(change.previous == ["version": "16.4"])
        #expect(change.log == "version 16.4 → 16.10")
    }

    @Test("A minor upgrade is proved by the image of every member and what CloudNativePG reports, not by the phase")
    func minorEvidence() throws {
        let spec = "clusterSize: 3, version: \"16.10\""
        let status = OperationCase.executed(secondsAgo: 5)
        #expect(try upgrade(to: "16.10", spec: spec, status: status).missing()?.contains("to be told") == true)
        var running = Running(image: minor, podImage: old)
        #expect(try upgrade(to: "16.10", running, spec: spec, status: status).missing()?.contains("demo-1") == true)
        running = Running(image: minor, dataImage: old)
        let unreported = try upgrade(to: "16.10", running, spec: spec, status: status).missing()
        #expect(unreported?.contains("pgDataImageInfo") == true)
        running = Running(ready: 2, image: minor)
        #expect(try upgrade(to: "16.10", running, spec: spec, status: status).percent() == 66)
        let evidence = try upgrade(to: "16.10", Running(image: minor), spec: spec, status: status).evidence()
        #expect(evidence?.first == "demo-1 runs \(minor) and is ready")
    }

    @Test("A major upgrade counts members that stopped, the conversion and members that are back")
    func majorEvidence() throws {
        let spec = "clusterSize: 3, version: \"18\""
        let status = OperationCase.executed(secondsAgo: 60, and: "previous: {version: \"16\"}")
        var running = Running(
            ready: 0,
            pods: 0,
            phase: "Upgrading Postgres major version",
            image: major,
            dataImage: old
        )
        running.statusMore = "targetPgDataImageInfo: {image: \"\(major)\", majorVersion: 18}"
        let converting = upgrade(to: "18", running, spec: spec, status: status)
        #expect(try converting.percent() == 42)
        #expect(try converting.missing()?.contains("converted") == true)
        running = Running(ready: 1, pods: 1, phase: "Creating a new replica", image: major, dataMajor: 18)
        #expect(try upgrade(to: "18", running, spec: spec, status: status).percent() == 71)
        running = Running(image: major, dataMajor: 18)
        guard
            case .succeeded(let evidence, let advice) = try upgrade(to: "18", running, spec: spec, status: status)
                .report()
        else {
            Issue.record("all members run the new version")
            return
        }
        #expect(evidence.count == 3)
        #expect(advice.contains("ANALYZE"))
    }

    @Test("A conversion that has failed shows in its Job alone, and fails the operation with the Job's words")
    func failedJob() throws {
        let running = Running(
            ready: 0,
            pods: 0,
            phase: "Upgrading Postgres major version",
            image: major,
            dataImage: old
        )
        func report(created: Int64) throws -> Refusal? {
            var operation = upgrade(
                to: "18",
                running,
                spec: "clusterSize: 3, version: \"18\"",
                status: OperationCase.executed(secondsAgo: 60, and: "previous: {version: \"16\"}")
            )
            operation.more = [
                """
                apiVersion: batch/v1
                kind: Job
                metadata: {name: demo-1-major-upgrade, namespace: default, labels: {dbaas.io/cluster: demo}, \
                creationTimestamp: "\(OperationCase.ago(created))"}
                status: {failed: 1, conditions: [{type: Failed, status: "True", reason: BackoffLimitExceeded, \
                message: Job has reached the specified backoff limit}]}
                """,
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: demo-1-major-upgrade-x, namespace: default, labels: {dbaas.io/cluster: demo}, \
                ownerReferences: [{apiVersion: batch/v1, kind: Job, name: demo-1-major-upgrade, uid: j}]}
                status: {phase: Failed, containerStatuses: [{name: major-upgrade, state: {terminated: {exitCode: 1, \
                message: "pg_upgrade: lc_collate values do not match"}}}]}
                """,
            ]
            return try operation.failure()
        }
        let failure = try #require(try report(created: 50))
        #expect(failure.reason == "MajorUpgradeFailed")
        #expect(failure.message.contains("BackoffLimitExceeded"))
        #expect(failure.message.contains("lc_collate values do not match"))
        #expect(failure.message.contains("spec.version back to 16"))
        // That of an earlier attempt is on its way out.
        #expect(try report(created: 70) == nil)
    }

    @Test(
        "Impossible versions are refused, and those that are possible are named",
        arguments: [
            ("15", "DowngradeRefused", "17, 18"), ("16.3", "DowngradeRefused", "16.4"),
            ("19", "UnknownVersion", "17, 18"),
            ("sixteen", "InvalidVersion", "16.10"), ("17.5", "UpgradePathUnsupported", "17.6"),
        ]
    )
    func refusals(_ version: String, _ reason: String, _ words: String) throws {
        let running = Running(parameters: "{max_slot_wal_keep_size: 10GB}")
        let refusal = try upgrade(to: version, running).refusal()
        #expect(refusal?.reason == reason)
        #expect(refusal?.message.contains(words) == true, "\(refusal?.message ?? "")")
    }

    @Test("A major upgrade is refused where CloudNativePG has no path, or the cluster is not fit for it")
    func majorRefusals() throws {
        let ancient = Running(image: "ghcr.io/cloudnative-pg/postgresql:14.19-standard-trixie", dataMajor: 14)
        let path = try upgrade(to: "15", ancient).refusal()
        #expect(path?.reason == "UpgradePathUnsupported")
        #expect(path?.message.contains("16, 17, 18") == true)
        #expect(try upgrade(to: "18", Running(ready: 2)).refusal()?.reason == "ClusterNotReady")
        // Members that stop once the version is written stop for it, also where the record of that was lost.
        let written = upgrade(to: "18", Running(ready: 0, pods: 0), spec: "clusterSize: 3, version: \"18\"")
        #expect(try written.intents() == [])
        let other = Running(image: "ghcr.io/cloudnative-pg/postgresql:16.4-system-bookworm")
        #expect(try upgrade(to: "18", other).refusal()?.reason == "UpgradePathUnsupported")
        let asleep = Running(annotations: ["cnpg.io/hibernation": "on"])
        #expect(try upgrade(to: "18", asleep).refusal()?.reason == "ClusterStopped")
        #expect(try upgrade(to: "18", Running()).refusal() == nil)
    }

    @Test("The version that runs is no work")
    func alreadySo() throws {
        #expect(try upgrade(to: "16.4", spec: "clusterSize: 3, version: \"16.4\"").isAlreadySo())
        #expect(try upgrade(to: "16.4").isAlreadySo())
    }
}
