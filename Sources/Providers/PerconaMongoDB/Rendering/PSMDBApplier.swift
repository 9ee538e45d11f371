import CRDs
import JSON
import KubernetesAPI

/// Renders a MongoDB cluster as Percona's `PerconaServerMongoDB`.
///
/// Only intended fields are sent: what Percona's operator defaults, it does in memory at each pass. Lists of its
/// definition are atomic, so `replsets` and `tasks` are always sent whole.
struct PSMDBApplier: Applier {
    private let plan: PSMDBPlan
    private let sizes: SizeLadder
    private var labels: [String: String] = [:]
    private var annotations: [String: String] = [:]
    private var finalizers: [String] = []
    private var spec = JSONObject()
    /// What all replica sets with data have in common.
    private var member = JSONObject()
    private var configServer = JSONObject()
    private var router = JSONObject()

    init(_ plan: PSMDBPlan, sizes: SizeLadder) {
        self.plan = plan
        self.sizes = sizes
    }

    private var cluster: DatabaseCluster { plan.cluster }
    private var options: PSMDBOptions { plan.options }

    /// There is no owner: backups must go before their cluster, which a foreground deletion would not wait for.
    mutating func metadata() {
        labels = ChildLabels.of(cluster: cluster.metadata.name)
        annotations[PSMDBAnnotation.requestedStorage] = plan.wantedStorage.description
        finalizers = Self.finalizers(removesData: cluster.spec.deletionPolicy == .delete)
        var pods = options.annotations
        pods[PSMDBAnnotation.restartedAt] = plan.child?.restartStamp.map(JSONValue.string)
        for (name, value) in [("annotations", pods), ("labels", options.labels)] where !value.isEmpty {
            member[name] = .object(value)
            configServer[name] = .object(value)
            router[name] = .object(value)
        }
    }

    static func finalizers(removesData: Bool) -> [String] {
        removesData ? [PSMDBFinalizer.podsInOrder, PSMDBFinalizer.volumes] : [PSMDBFinalizer.podsInOrder]
    }

    mutating func engine() {
        // What ran before is kept: another level restarts every pod.
        spec["crVersion"] = .string(options.operatorLevel ?? plan.child?.operatorLevel ?? PSMDBRelease.operatorLevel)
        spec["image"] = .string(plan.image)
        spec["imagePullPolicy"] = options.pullPolicy.map(JSONValue.string)
        if !options.pullSecrets.isEmpty {
            spec["imagePullSecrets"] = .array(options.pullSecrets.map { ["name": .string($0)] })
        }
        spec["pause"] = .bool(cluster.spec.stopped)
        spec["updateStrategy"] = "SmartUpdate"
        // Anything else would have the images changed from a service in the internet.
        spec["upgradeOptions"] = ["apply": "disabled", "setFCV": .bool(options.raisesFeatureCompatibility)]
        // The name that it has by default is the same for all clusters of a namespace.
        spec["secrets"] = ["users": .string(plan.names.users)]
        spec["storageScaling"] = ["enableVolumeScaling": true]
        let isSingle = cluster.spec.clusterSize == 1
        var unsafe: JSONObject = [
            "replsetSize": .bool(isSingle || plan.isSharded && plan.configServers < 3), "mongosSize": .bool(isSingle),
        ]
        if options.tlsMode == "disabled" { unsafe["tls"] = true }
        spec["unsafeFlags"] = .object(unsafe)
        if let tls { spec["tls"] = .object(tls) }
        member["size"] = JSONValue(cluster.spec.clusterSize)
        member["resources"] = requested(sizes.resources(of: cluster.spec))
        member["configuration"] = PSMDBConfiguration(cluster.spec.config).text.map(JSONValue.string)
        if let percent = options.cacheSizePercent {
            let ratio = JSONValue.double(Double(percent) / 100)
            member["storage"] = ["wiredTiger": ["engineConfig": ["cacheSizeRatio": ratio]]]
        }
        // A size that Percona's operator has taken back is not asked for again: it would fail again, for ever.
        let reverted = plan.hasRevertedStorage ? plan.child?.replsets.compactMap(\.storage).min() : nil
        member["volumeSpec"] = volume(reverted ?? plan.wantedStorage)
    }

    private func requested(_ resources: ResourceRequirements?) -> JSONValue? {
        guard let json = resources?.json, json.object?.isEmpty == false else { return nil }
        return json
    }

    private func volume(_ size: Quantity) -> JSONValue {
        var claim: JSONObject = ["resources": ["requests": ["storage": size.json]]]
        claim["storageClassName"] = cluster.spec.storageClassName.map(JSONValue.string)
        return ["persistentVolumeClaim": .object(claim)]
    }

    private var tls: JSONObject? {
        var tls = JSONObject()
        tls["mode"] = options.tlsMode.map(JSONValue.string)
        tls["issuerConf"] = options.issuer.map(JSONValue.object)
        return tls.isEmpty ? nil : tls
    }

    mutating func proxy() {
        guard plan.isSharded else {
            if var exposed = exposed {
                exposed["enabled"] = true
                member["expose"] = .object(exposed)
            }
            return
        }
        configServer["size"] = JSONValue(plan.configServers)
        configServer["resources"] = requested(sizes.resources(size: options.configServerSize, resources: nil))
        configServer["configuration"] = PSMDBConfiguration(options.configServerConfig).text.map(JSONValue.string)
        configServer["volumeSpec"] = volume(PSMDBPlan.wholeGiB(options.configServerStorage))
        router["size"] = JSONValue(plan.routers)
        router["resources"] = requested(plan.proxy?.resources)
        router["configuration"] = PSMDBConfiguration(options.mongosConfig).text.map(JSONValue.string)
        router["expose"] = exposed.map(JSONValue.object)
    }

    private var exposed: JSONObject? { cluster.spec.expose.perconaFields.map { JSONObject($0) } }

    mutating func monitoring() {
        guard let monitoring = cluster.spec.monitoring, monitoring.enabled, let pmm = monitoring.pmm else { return }
        spec["pmm"] = [
            "enabled": true, "serverHost": .string(pmm.serverHost),
            "image": .string(options.pmmImage ?? plan.child?.pmmImage ?? PSMDBRelease.pmmImage),
        ]
    }

    mutating func podSchedulingPolicy() {
        let placement = PerconaPlacement(cluster, topologyKey: options.antiAffinity)
        for (name, value) in placement.ofMembers("mongod") { member[name] = value }
        guard plan.isSharded else { return }
        for (name, value) in placement.ofOthers("cfg") { configServer[name] = value }
        for (name, value) in placement.ofOthers("mongos") { router[name] = value }
    }

    mutating func backup() {
        var backup: JSONObject = [
            "enabled": .bool(cluster.spec.backup?.enabled == true || cluster.spec.dataSource != nil),
            "image": .string(options.backupImage ?? plan.child?.backupImage ?? PSMDBRelease.backupImage),
        ]
        var storages = JSONObject()
        if let wanted = cluster.spec.backup, let name = wanted.storage, var entry = plan.backups.storages?[name]?.object
        {
            entry["main"] = true
            storages[name] = .object(entry)
            // Nothing is worth a backup before the first data is there, and backups keep a cluster from stopping.
            if !plan.source.isUnderWay {
                if !wanted.schedules.isEmpty, !cluster.spec.stopped {
                    backup["tasks"] = .array(wanted.schedules.map { task($0, name) })
                }
                var oplog: JSONObject = ["enabled": .bool(wanted.pointInTimeRecovery)]
                if wanted.pointInTimeRecovery { oplog["oplogSpanMin"] = options.oplogMinutes.map(JSONValue.integer) }
                backup["pitr"] = .object(oplog)
            }
        }
        if let (name, found) = plan.source.restore?.storage, storages[name] == nil {
            var entry = found
            entry["main"] = .bool(storages.isEmpty)
            storages[name] = .object(entry)
        }
        if !storages.isEmpty { backup["storages"] = .object(storages) }
        spec["backup"] = .object(backup)
    }

    private func task(_ schedule: BackupSchedule, _ storage: String) -> JSONValue {
        [
            "name": .string(schedule.name), "enabled": true, "schedule": .string(schedule.schedule),
            "storageName": .string(storage), "type": "logical",
            "retention": ["type": "count", "count": JSONValue(schedule.retention), "deleteFromStorage": true],
        ]
    }

    /// The restore itself is asked for by the hook, once the cluster runs.
    mutating func dataSource() {}

    func result() -> [DesiredObject] {
        var spec = spec
        spec["replsets"] = .array(plan.replsets.map { .object(replset($0)) })
        var sharding: JSONObject = ["enabled": .bool(plan.isSharded)]
        if plan.isSharded {
            sharding["configsvrReplSet"] = .object(configServer)
            sharding["mongos"] = .object(router)
        }
        spec["sharding"] = .object(sharding)
        var child = DesiredObject(
            .psmdbCluster,
            plan.names.key(cluster.metadata.name),
            labels: labels,
            annotations: annotations,
            spec: .object(spec)
        )
        child.content["metadata"]?["finalizers"] = JSONValue(finalizers)
        return [child]
    }

    /// A successor has a higher priority than the others, so that they elect it.
    private func replset(_ name: String) -> JSONObject {
        var replset = member
        replset["name"] = .string(name)
        if let pod = plan.child?.metadata.annotations[PSMDBAnnotation.successor], isMember(pod, of: name) {
            replset["replsetOverrides"] = [pod: ["priority": 10]]
        }
        return replset
    }

    private func isMember(_ pod: String, of replset: String) -> Bool {
        let prefix = "\(plan.names.statefulSet(replset))-"
        guard pod.hasPrefix(prefix), let ordinal = Int(pod.dropFirst(prefix.count)) else { return false }
        return (0..<cluster.spec.clusterSize).contains(ordinal)
    }
}
