import CRDs
import Foundation
import JSON
import KubernetesAPI
import Testing

@testable import Providers

@Suite("Other operations on KubeDB's databases")
struct KubeDBDayTwoTests {
    private let stamp = KubeDBOperationCase.stamp
    private let executed = OperationCase.executed(secondsAgo: 60)
    private static let end =
        "[{type: Successful, status: \"True\", reason: X, lastTransitionTime: \"2026-11-01T12:00:00Z\"}]"

    private func native(
        _ word: String,
        _ type: String,
        _ phase: String = "Successful",
        kind: String = "MongoDBOpsRequest"
    ) -> String {
        KubeDBOperationCase.native("demo-\(word)-\(stamp)", type, phase, kind: kind, conditions: Self.end)
    }

    @Test("A restart is done when every pod is another one than there was before KubeDB was asked")
    func restart() throws {
        let intents = try KubeDBOperationCase("type: Restart").intents()
        #expect(intents.map(\.target.resource.kind) == ["MongoDB", "MongoDBOpsRequest"], "the note comes first")
        let note = try #require(intents.first?.body?.at("metadata", "annotations", "dbaas.io/operation")?.string)
        #expect(note.contains("[\"pod-0\",\"pod-1\",\"pod-2\"]"))
        var running = RunningDatabase.mongodb
        running.annotations = "{dbaas.io/operation: '\(note)'}"
        running.more = [native("restart", "Restart")]
        var operation = KubeDBOperationCase("type: Restart", running, status: executed)
        #expect(try operation.missing() == "member demo-0 to be made anew")
        operation.running.podUID = "new"
        #expect(try operation.evidence()?.count == 5)
        operation.running.annotations = "{}"
        #expect(try operation.evidence() == nil, "nothing tells what there was")
        #expect(try KubeDBOperationCase("type: Restart").filed()?.content["spec"]?["apply"] == "IfReady")
        var sick = RunningDatabase.mongodb
        sick.phase = "Critical"
        #expect(try KubeDBOperationCase("type: Restart", sick).filed()?.content["spec"]?["apply"] == "Always")
    }

    // MARK: - Parameters

    private let set = "type: Reconfiguring, reconfiguring: {config: [{name: net.port, value: \"27018\"}]}"

    private func configured(_ text: String) -> RunningDatabase {
        var running = RunningDatabase.mongodb
        running.spec += "\nconfiguration: {inline: {mongod.conf: \"\(text)\"}}"
        return running
    }

    @Test("All parameters are sent in one file; one goes only with all of them taken away first")
    func reconfiguring() throws {
        let operation = KubeDBOperationCase(set)
        #expect(try operation.change()?.patch == ["config": [["name": "net.port", "value": "27018"]]])
        #expect(
            try operation.filed()?.content["spec"]?["configuration"]
                == ["replicaSet": ["applyConfig": ["mongod.conf": "net:\n  port: 27018\n"]]]
        )
        let remove = "type: Reconfiguring, reconfiguring: {remove: [a]}"
        let spec = "clusterSize: 3, config: [{name: a, value: b}]"
        let filed = try KubeDBOperationCase(remove, configured("a: b"), spec: spec).filed()
        #expect(filed?.content["spec"]?["configuration"] == ["replicaSet": ["removeCustomConfig": true]])
        let twice = "type: Reconfiguring, reconfiguring: {config: [{name: a, value: b}], remove: [a]}"
        #expect(try KubeDBOperationCase(twice).refusal()?.reason == "InvalidParameter")
    }

    @Test("Done is what stands in the database's file, however KubeDB has written it")
    func reconfigured() throws {
        let spec = "clusterSize: 3, config: [{name: net.port, value: \"27018\"}]"
        var running = configured("systemLog:\\n  quiet: true\\nnet:\\n    port: 27017\\n")
        running.more = [native("rcfg", "Reconfigure")]
        #expect(
            try KubeDBOperationCase(set, running, spec: spec, status: executed).failure()?.reason == "NotCarriedOut"
        )
        running.spec = configured("net:\\n    port: 27018 \\n").spec
        let evidence = try KubeDBOperationCase(set, running, spec: spec, status: executed).evidence()
        #expect(evidence?.first == "mongod.conf has net.port = 27018")
        var foreign = RunningDatabase.mongodb
        foreign.spec += "\nconfiguration: {secretName: somebodys}"
        #expect(try KubeDBOperationCase(set, foreign).refusal()?.reason == "ForeignConfiguration")
    }

    @Test("A parameter that lets no member start fails in the pod's words, not at the first stumble")
    func crash() throws {
        var running = RunningDatabase.mongodb
        running.ready = 2
        running.created = OperationCase.ago(30)
        running.more = [native("rcfg", "Reconfigure", "Progressing")]
        let waits =
            "name: mongodb, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 2}}"
        running.containers = [2: "{\(waits), restartCount: 2}"]
        let operation = KubeDBOperationCase(set, running, status: executed)
        #expect(try operation.failure() == nil)
        running.containers = [2: "{\(waits), restartCount: 3}"]
        let refusal = try KubeDBOperationCase(set, running, status: executed).failure()
        #expect(refusal?.reason == "MemberCannotStart")
        #expect(refusal?.message.contains("demo-2 does not start: CrashLoopBackOff; it ended with code 2") == true)
    }

    // MARK: - Versions

    private func catalogue(
        _ versions: String...,
        denying denied: String = "8.0.1"
    ) throws -> [Need: NeedAnswer] {
        let need = Need.list(
            ResourceType(
                group: "catalog.kubedb.com",
                version: "v1alpha1",
                plural: "mongodbversions",
                kind: "MongoDBVersion",
                isNamespaced: false
            ),
            namespace: "",
            labelSelector: ""
        )
        let objects = try versions.map { version in
            try Manifests.value(
                """
                metadata: {name: \(version)}
                spec:
                  version: \(version)
                  distribution: Official
                  db: {image: "mongo:\(version)"}
                  updateConstraints: {allowlist: [">= \(version), < 9.0.0"], denylist: ["\(denied)"]}
                """
            )
        }
        return [need: .objects(objects)]
    }

    private func upgrade(
        _ version: String,
        _ running: RunningDatabase = .mongodb,
        spec: String = ""
    ) throws
        -> KubeDBOperationCase
    {
        let request = "type: Upgrade, upgrade: {version: \"\(version)\"}"
        var operation = KubeDBOperationCase(request, running, spec: "clusterSize: 3\(spec)", status: executed)
        operation.answers = try catalogue("6.0.24", "7.0.28", "8.0.1", "8.0.17", "9.1.0")
        return operation
    }

    @Test("Only a version that the catalogue has, and leads to, is taken; the refusal names the possible ones")
    func versions() throws {
        let filed = try #require(try upgrade("8.0.17").filed())
        #expect(filed.content["spec"]?["updateVersion"] == ["targetVersion": "8.0.17"])
        let unknown = try upgrade("8.0.99").refusal()
        #expect(unknown?.reason == "UnknownVersion" && unknown?.message.hasSuffix("it can be 8.0.17.") == true)
        #expect(try upgrade("6.0.24").refusal()?.reason == "DowngradeRefused")
        #expect(try upgrade("8.0.1").refusal()?.reason == "UpgradePathUnsupported")
        #expect(try upgrade("9.1.0").refusal()?.reason == "UpgradePathUnsupported")
    }

    @Test("No path is claimed by a constraint that cannot be read; people are told where it stands")
    func unreadableConstraint() throws {
        var operation = try upgrade("8.0.17")
        operation.answers = try catalogue("7.0.28", "8.0.17", denying: "8.0.1 to 8.0.9")
        let refusal = try operation.refusal()
        #expect(refusal?.reason == "UpgradePathUnknown")
        #expect(
            refusal?.message.hasPrefix("updateConstraints of MongoDBVersion 7.0.28 have \"8.0.1 to 8.0.9\"") == true
        )
        let unknown = try upgrade("8.0.99")
        #expect(try unknown.refusal()?.message.hasSuffix("it can be 8.0.17.") == true)
    }

    @Test("A single MySQL goes by the constraints of groups too, as KubeDB's webhook reads no others")
    func constraintsOfMySQL() throws {
        let versions = try ["8.0.36", "8.4.8", "9.6.0"].map { version in
            try Manifests.value(
                """
                metadata: {name: \(version)}
                spec:
                  version: \(version)
                  distribution: Official
                  updateConstraints:
                    allowlist: {groupReplication: [">= 8.0.36, < 9.0.0"], standalone: [">= 8.0.36"]}
                    denylist: {groupReplication: [], standalone: ["8.4.8"]}
                """
            )
        }
        for (topology, members) in [("monitor: {}", 1), ("topology: {mode: GroupReplication}", 3)] {
            var running = RunningDatabase.mysql
            running.spec = topology
            running.replicas = members
            running.version = "8.0.36"
            func upgrade(_ version: String) -> KubeDBOperationCase {
                let request = "type: Upgrade, upgrade: {version: \(version)}"
                var operation = KubeDBOperationCase(request, running, spec: "clusterSize: \(members)")
                operation.answers[KubeDBCatalogue.need(of: KubeDBEngine.of(.mysql))] = .objects(versions)
                return operation
            }
            #expect(try upgrade("8.4.8").filed() != nil, "\(topology)")
            let refusal = try upgrade("9.6.0").refusal()
            #expect(refusal?.reason == "UpgradePathUnsupported", "\(topology)")
            #expect(refusal?.message.hasSuffix("it can be 8.4.8.") == true)
        }
    }

    @Test("An upgrade is done when every member runs the image of the catalogue's version")
    func upgraded() throws {
        var running = RunningDatabase.mongodb
        running.version = "8.0.17"
        running.more = [native("upgrade", "UpdateVersion")]
        let spec = ", version: \"8.0.17\""
        #expect(try upgrade("8.0.17", running, spec: spec).missing() == "member demo-0 to run mongo:8.0.17")
        running.image = "mongo:8.0.17@sha256:abc"
        #expect(try upgrade("8.0.17", running, spec: spec).evidence()?.count == 5)
        let handler = KubeDBProvider().operations
        #expect(handler.irreversible(try upgrade("8.0.17", running).context())?.reason == "DowngradeRefused")
        running.more = [native("upgrade", "UpdateVersion", "Pending")]
        #expect(handler.irreversible(try upgrade("8.0.17", running).context()) == nil)
    }

    // MARK: - Stop and start

    @Test("Stopped is when KubeDB says Halted and no pod is left")
    func stop() throws {
        #expect(try KubeDBOperationCase("type: Stop").change()?.patch == ["stopped": true])
        var running = RunningDatabase.mongodb
        running.isHalted = true
        running.phase = "Halted"
        let stopped = "clusterSize: 3, stopped: true"
        #expect(try KubeDBOperationCase("type: Stop", running, spec: stopped).missing()?.hasPrefix("3 members") == true)
        running.pods = 0
        #expect(
            try KubeDBOperationCase("type: Stop", running, spec: stopped).evidence()?.first == "no member pod is left"
        )
        #expect(try KubeDBOperationCase("type: Start", running, spec: stopped).change()?.patch == ["stopped": false])
        #expect(try KubeDBOperationCase("type: Start", running).missing() == "KubeDB to be told to go on")
        #expect(try KubeDBOperationCase("type: Start").evidence() != nil)
        running = .mongodb
        running.more = [native("restart", "Restart", "Pending")]
        var busy = KubeDBOperationCase("type: Stop", running)
        busy.running.more = [KubeDBOperationCase.native("x", "Restart", "Pending", request: "other")]
        #expect(try busy.refusal()?.reason == "Blocked")
        let fleeting = "clusterSize: 3, providerOptions: {storageType: Ephemeral}"
        #expect(try KubeDBOperationCase("type: Stop", spec: fleeting).refusal()?.reason == "EphemeralStorage")
    }

    // MARK: - PostgreSQL alone

    @Test("A switchover is a promotion by force, and needs the word")
    func switchover() throws {
        let request = "type: Switchover, switchover: {target: demo-2}"
        #expect(try KubeDBOperationCase(request).refusal()?.reason == "Unsupported")
        #expect(try KubeDBOperationCase(request, .postgres).refusal()?.reason == "ForceRequired")
        let forced = "\(request), force: true"
        let filed = try #require(try KubeDBOperationCase(forced, .postgres).filed())
        #expect(filed.content["spec"]?["forceFailOver"] == ["candidates": ["demo-2"]])
        #expect(try KubeDBOperationCase(forced, .postgres).intents().count == 2, "who led before is kept too")
        let unknown = forced.split(separator: "demo-2").joined(separator: "demo-7")
        #expect(try KubeDBOperationCase(unknown, .postgres).refusal()?.reason == "UnknownMember")
        let any = "type: Switchover, force: true"
        let chosen = try #require(try KubeDBOperationCase(any, .postgres).filed())
        #expect(chosen.content["spec"]?["forceFailOver"] == ["candidates": ["demo-1"]])

        var running = RunningDatabase.postgres
        running.annotations = #"{dbaas.io/operation: '{"request":"abc","attempt":1,"from":"demo-0","to":"demo-1"}'}"#
        running.more = [native("failover", "ForceFailOver", kind: "PostgresOpsRequest")]
        #expect(try KubeDBOperationCase(any, running, status: executed).missing() == "demo-1 to lead instead of demo-0")
        running.primary = 1
        let evidence = try KubeDBOperationCase(any, running, status: executed).evidence()
        #expect(evidence?.first == "the primary is demo-1, before it was demo-0")
    }

    @Test("Only a standby that does not follow can be made to")
    func rebuild() throws {
        func request(_ member: String) -> String { "type: RebuildInstance, rebuildInstance: {instance: \(member)}" }
        #expect(try KubeDBOperationCase(request("demo-2")).refusal()?.reason == "Unsupported")
        #expect(try KubeDBOperationCase(request("demo-0"), .postgres).refusal()?.reason == "MemberIsPrimary")
        #expect(try KubeDBOperationCase(request("demo-2"), .postgres).refusal()?.reason == "MemberIsReady")
        var running = RunningDatabase.postgres
        running.ready = 2
        running.phase = "Critical"
        let filed = try #require(try KubeDBOperationCase(request("demo-2"), running).filed())
        #expect(filed.content["spec"]?["type"] == "ReconnectStandby" && filed.content["spec"]?["apply"] == "Always")
        running.more = [native("reconnect", "ReconnectStandby", kind: "PostgresOpsRequest")]
        #expect(
            try KubeDBOperationCase(request("demo-2"), running, status: executed).missing()
                == "demo-2 to be a ready standby"
        )
        running.ready = 3
        running.phase = "Ready"
        #expect(try KubeDBOperationCase(request("demo-2"), running, status: executed).evidence() != nil)
    }

    // MARK: - By name

    @Test("Named operations are KubeDB's other types, each with its own parameters")
    func custom() throws {
        func request(_ name: String, _ parameters: String = "") -> String {
            "type: Custom, custom: {operation: \(name), parameters: {\(parameters)}}"
        }
        let rotate = try #require(try KubeDBOperationCase(request("rotate-auth", "secret: new")).filed())
        #expect(rotate.content["spec"]?["type"] == "RotateAuth")
        #expect(rotate.content["spec"]?["authentication"] == ["secretRef": ["kind": "Secret", "name": "new"]])
        let unknown = try KubeDBOperationCase(request("reconnect-standbys")).refusal()
        #expect(unknown?.reason == "UnknownOperation" && unknown?.message.contains("reprovision") == true)
        #expect(try KubeDBOperationCase(request("reprovision", "a: b")).refusal()?.reason == "UnknownParameter")
        #expect(try KubeDBOperationCase(request("migrate-storage")).refusal()?.reason == "ParameterMissing")
        #expect(try KubeDBOperationCase(request("rotate-certificates")).refusal()?.reason == "NoCertificates")
        let migrate = request("migrate-storage", "storageClass: fast")
        let fixed = try KubeDBOperationCase(migrate, spec: "clusterSize: 3, storageClassName: standard").refusal()
        #expect(fixed?.reason == "StorageClassFixed")
        var running = RunningDatabase.mongodb
        running.more = [native("migrate", "StorageMigration")]
        #expect(
            try KubeDBOperationCase(migrate, running, status: executed).missing()
                == "volume datadir-demo-0 to be of class fast"
        )
        running.storageClass = "fast"
        #expect(try KubeDBOperationCase(migrate, running, status: executed).evidence()?.count == 5)
    }

    private func custom(_ name: String, _ parameters: String, _ running: RunningDatabase) -> KubeDBOperationCase {
        let request = "type: Custom, custom: {operation: \(name), parameters: {\(parameters)}}"
        return KubeDBOperationCase(request, running, status: executed)
    }

    private func custom(_ name: String, _ running: RunningDatabase) -> KubeDBOperationCase { custom(name, "", running) }

    @Test("A password of KubeDB's own shows by the former one beside it, one of a Secret by the database's naming that")
    func rotated() throws {
        var running = RunningDatabase.mongodb
        running.more = [native("auth", "RotateAuth", "Progressing")]
        #expect(try custom("rotate-auth", running).missing()?.contains("Progressing") == true, "nothing is read yet")
        running.more = [native("auth", "RotateAuth")]
        var operation = custom("rotate-auth", running)
        let need = Need.secretKeys(ObjectKey(namespace: "default", name: "demo-auth"))
        #expect(try operation.report() == .need([need]))
        operation.answers[need] = .keys(["password", "username"])
        #expect(try operation.missing() == "Secret demo-auth to have the former password too")
        operation.answers[need] = .keys(["password", "password.prev", "username", "username.prev"])
        let words = "Secret demo-auth has a former password (password.prev)"
        #expect(try operation.evidence()?.first == words)
        for (time, isTold) in [(OperationCase.ago(30), true), (OperationCase.ago(3600), false)] {
            operation.running.status = ", authSecret: {lastUpdateTimestamp: \"\(time)\"}"
            let isNamed = try operation.evidence()?.contains { $0.contains("its credentials are of \(time)") }
            #expect(isNamed == isTold)
        }
        running.spec += "\nauthSecret: {name: old}"
        #expect(try custom("rotate-auth", "secret: new", running).failure()?.reason == "NotCarriedOut")
        running.spec = running.spec.replacingOccurrences(of: "old", with: "new")
        #expect(try custom("rotate-auth", "secret: new", running).evidence()?.first == "MongoDB demo has Secret new")
    }

    // MARK: - Certificates

    private func certificate(_ name: String) -> Need {
        .certificate(ObjectKey(namespace: "default", name: "demo-\(name)-cert"))
    }

    private func secured(_ engine: RunningDatabase, _ certificates: String = "[]") -> RunningDatabase {
        var running = engine
        running.spec += "\ntls: {issuerRef: {kind: Issuer, name: ca}, certificates: \(certificates)}"
        return running
    }

    /// What is noted on the database before KubeDB is asked.
    private func note(of operation: KubeDBOperationCase) throws -> String {
        let note = try #require(
            try operation.intents().first?.body?.at("metadata", "annotations", "dbaas.io/operation")
        )
        return "{dbaas.io/operation: '\(note.string ?? "")'}"
    }

    @Test(
        "Rotated certificates are proved by others in their Secrets and by new pods, not by KubeDB's word",
        arguments: [RunningDatabase.mongodb, .postgres, .redis]
    )
    private func certificates(_ engine: RunningDatabase) throws {
        var running = secured(engine)
        var operation = custom("rotate-certificates", running)
        let (server, client) = (certificate("server"), certificate("client"))
        #expect(try operation.answer() == .need([client, server]))
        operation.answers = [server: .fingerprint("a"), client: .fingerprint("b")]
        running.annotations = try note(of: operation)
        let kind = "\(engine.apiKind)OpsRequest"
        running.more = [native("tls", "ReconfigureTLS", kind: kind)]
        operation.running = running
        #expect(try operation.failure()?.reason == "NotCarriedOut", "all as it was")
        operation.answers[server] = .fingerprint("c")
        let refusal = try operation.failure()
        #expect(refusal?.message.hasSuffix("waited for Secret demo-client-cert to have another certificate") == true)
        operation.answers[client] = .fingerprint("d")
        if engine.apiKind != "Redis" {
            #expect(try operation.missing() == "member demo-0 to be made anew")
            operation.running.podUID = "new"
        }
        let evidence = try #require(try operation.evidence())
        #expect(evidence.prefix(2).allSatisfy { $0.hasSuffix("-cert has another certificate than before") })
        #expect(evidence.count == 7)
        operation.answers[client] = .absent
        #expect(try operation.evidence() == nil, "it has gone")
        operation.running.annotations = "{}"
        #expect(try operation.evidence() == nil, "which there were is not known")
    }

    @Test("Certificates are where the database says, and without an issuer or one of them nothing is rotated")
    func certificatesOfTheDatabase() throws {
        let listed = "[{alias: server, secretName: \"\"}, {alias: client, secretName: own}, {alias: metrics-exporter}]"
        let own = Need.certificate(ObjectKey(namespace: "default", name: "own"))
        var operation = custom("rotate-certificates", secured(.mongodb, listed))
        let needs = [certificate("metrics-exporter"), certificate("server"), own]
        #expect(try operation.answer() == .need(needs))
        for need in needs { operation.answers[need] = .absent }
        #expect(
            try operation.refusal()?.message.contains("(demo-metrics-exporter-cert, demo-server-cert, own)") == true
        )
        operation.answers[own] = .fingerprint("a")
        #expect(try note(of: operation).contains(#""certificates":{"own":"a"}"#))
        #expect(try operation.filed()?.content["spec"]?["tls"] == ["rotateCertificates": true])
        operation.running.spec = operation.running.spec.replacingOccurrences(of: "issuerRef", with: "issuer")
        #expect(try operation.refusal()?.reason == "NoCertificates", "Elasticsearch lists certificates without TLS too")
    }

    @Test("Members that were to be made anew are other pods; standbys that were to follow are ready ones")
    func renewed() throws {
        let intents = try custom("reprovision", .mongodb).intents()
        #expect(intents.map(\.target.resource.kind) == ["MongoDB", "MongoDBOpsRequest"], "the note comes first")
        let note = try #require(intents.first?.body?.at("metadata", "annotations", "dbaas.io/operation")?.string)
        var running = RunningDatabase.mongodb
        running.annotations = "{dbaas.io/operation: '\(note)'}"
        running.more = [native("reprovision", "Reprovision")]
        #expect(try custom("reprovision", running).missing() == "member demo-0 to be made anew")
        running.podUID = "new"
        #expect(try custom("reprovision", running).evidence()?.count == 5)
        var postgres = RunningDatabase.postgres
        postgres.more = [native("reconnect", "ReconnectStandby", kind: "PostgresOpsRequest")]
        #expect(try custom("reconnect-standbys", postgres).evidence()?.contains("demo-2 is a ready standby") == true)
        postgres.ready = 2
        #expect(try custom("reconnect-standbys", postgres).missing() == "demo-2 to be a ready standby")
    }

    @Test("Other sentinels and another mode of the group are done when the database's object says so")
    func written() throws {
        var mysql = RunningDatabase.mysql
        mysql.more = [native("repmode", "ReplicationModeTransformation", kind: "MySQLOpsRequest")]
        let mode = "mode: Multi-Primary"
        #expect(try custom("replication-mode", mode, mysql).failure()?.reason == "NotCarriedOut")
        mysql.spec = "topology: {mode: GroupReplication, group: {mode: Multi-Primary}}"
        #expect(try custom("replication-mode", mode, mysql).evidence() != nil)
        var redis = RunningDatabase.redis
        redis.spec = "mode: Sentinel\nsentinelRef: {name: old, namespace: default}"
        redis.more = [native("sentinel", "ReplaceSentinel", kind: "RedisOpsRequest")]
        let refusal = try custom("replace-sentinel", "name: new", redis).failure()
        #expect(
            refusal?.message.contains("spec.sentinelRef of Redis demo to be default/new; it is default/old") == true
        )
        redis.spec = redis.spec.replacingOccurrences(of: "old", with: "new")
        #expect(try custom("replace-sentinel", "name: new", redis).evidence() != nil)
    }
}
