import CRDs
import JSON
import KubernetesAPI

/// Renders a MySQL cluster as Percona's `PerconaXtraDBCluster`.
///
/// Only intended fields are sent: what Percona's operator defaults, it does in memory at each pass.
struct PXCApplier: Applier {
    private let plan: PXCPlan
    private let resources: ResourceRequirements?
    private var labels: [String: String] = [:]
    private var annotations: [String: String] = [:]
    private var finalizers: [String] = []
    private var owner: DatabaseCluster?
    private var spec = JSONObject()
    private var members = JSONObject()
    private var proxyFields = JSONObject()
    private var companions: [DesiredObject] = []

    init(_ plan: PXCPlan, sizes: SizeLadder) {
        self.plan = plan
        resources = sizes.resources(of: plan.cluster.spec)
    }

    private var cluster: DatabaseCluster { plan.cluster }
    private var options: PXCOptions { plan.options }

    mutating func metadata() {
        labels = ChildLabels.of(cluster: cluster.metadata.name)
        annotations[PXCAnnotation.requestedStorage] = cluster.spec.storage.description
        let removesData = cluster.spec.deletionPolicy == .delete
        finalizers = Self.finalizers(removesData: removesData, plan.proxy)
        // A foreground deletion takes owned objects along before the finalizer can act; so what a deletion may leave
        // behind has no owner, and the clean-up deletes it where it shall go.
        owner = removesData ? cluster : nil
    }

    /// In the order in which Percona's operator works through them.
    static func finalizers(removesData: Bool, _ proxy: PXCProxy?) -> [String] {
        guard removesData else { return [PXCFinalizer.podsInOrder] }
        let proxyVolumes = proxy?.type == .proxysql ? [PXCFinalizer.proxyVolumes] : []
        return [PXCFinalizer.podsInOrder, PXCFinalizer.volumes] + proxyVolumes + [PXCFinalizer.certificates]
    }

    mutating func engine() {
        // What ran before is kept: another level restarts every pod.
        spec["crVersion"] = .string(
            options.operatorLevel ?? plan.child?.operatorLevel ?? PXCRelease.operatorLevel
        )
        spec["pause"] = .bool(cluster.spec.stopped)
        spec["secretsName"] = .string(plan.names.secret)
        spec["enableVolumeExpansion"] = true
        // Percona's own order of restarts needs a proxy, which it asks whether a member may go.
        spec["updateStrategy"] = .string(plan.proxy == nil ? "RollingUpdate" : "SmartUpdate")
        // Anything else would have the images changed from a service in the internet.
        spec["upgradeOptions"] = ["apply": "disabled"]
        // Both are always sent: a restore writes them, and a failed one leaves them so.
        spec["unsafeFlags"] = [
            "pxcSize": .bool(!Self.isSafe(members: cluster.spec.clusterSize)),
            "proxySize": .bool((plan.proxy?.replicas ?? 2) < 2),
        ]
        if let tls = tls { spec["tls"] = .object(tls) }
        if let user = user { spec["users"] = [.object(user)] }
        members["size"] = JSONValue(cluster.spec.clusterSize)
        members["image"] = .string(plan.image)
        pull(into: &members)
        if let resources, resources.json.object?.isEmpty == false { members["resources"] = resources.json }
        members["volumeSpec"] = ["persistentVolumeClaim": .object(claim)]
        let configuration = PXCConfiguration(cluster.spec.config)
        members["configuration"] = configuration.text.map(JSONValue.string)
        members["annotations"] = [PXCAnnotation.configuration: .string(configuration.mark)]
    }

    /// What Percona's operator runs without being told that one wants it.
    static func isSafe(members: Int) -> Bool { members == 3 || members == 5 }

    private func pull(into fields: inout JSONObject) {
        fields["imagePullPolicy"] = options.pullPolicy.map(JSONValue.string)
        if !options.pullSecrets.isEmpty {
            fields["imagePullSecrets"] = .array(options.pullSecrets.map { ["name": .string($0)] })
        }
    }

    /// A size that Percona's operator has taken back is not asked for again: it would fail again, for ever.
    private var claim: JSONObject {
        let size = plan.hasRevertedStorage ? plan.child?.storage : nil
        var claim: JSONObject = ["resources": ["requests": ["storage": (size ?? cluster.spec.storage).json]]]
        claim["storageClassName"] = cluster.spec.storageClassName.map(JSONValue.string)
        return claim
    }

    private var tls: JSONObject? {
        var tls = JSONObject()
        tls["issuerConf"] = options.issuer.map(JSONValue.object)
        if !options.certificateNames.isEmpty { tls["SANs"] = JSONValue(options.certificateNames) }
        return tls.isEmpty ? nil : tls
    }

    private var user: JSONObject? {
        guard let wanted = options.user, let name = wanted["name"] else { return nil }
        var user: JSONObject = ["name": name]
        user["dbs"] = wanted["databases"]
        user["hosts"] = wanted["hosts"]
        user["grants"] = wanted["grants"]
        return user
    }

    mutating func proxy() {
        guard let proxy = plan.proxy else { return }
        let isHAProxy = proxy.type == .haproxy
        let standard = isHAProxy ? PXCRelease.haproxyImage : PXCRelease.proxysqlImage
        let live = isHAProxy ? plan.child?.haproxyImage : plan.child?.proxysqlImage
        proxyFields = [
            "enabled": true, "size": JSONValue(proxy.replicas),
            "image": .string(options.image(proxy.component) ?? live ?? standard),
        ]
        pull(into: &proxyFields)
        if let resources = proxy.resources?.json, resources.object?.isEmpty == false {
            proxyFields["resources"] = resources
        }
        let configuration = isHAProxy ? options.haproxyConfiguration : options.proxysqlConfiguration
        proxyFields["configuration"] = configuration.map(JSONValue.string)
        if !isHAProxy {
            let size: JSONValue = .string(options.proxysqlStorage)
            var claim: JSONObject = ["resources": ["requests": ["storage": size]]]
            claim["storageClassName"] = cluster.spec.storageClassName.map(JSONValue.string)
            proxyFields["volumeSpec"] = ["persistentVolumeClaim": .object(claim)]
        }
        if let exposed { proxyFields[isHAProxy ? "exposePrimary" : "expose"] = .object(exposed) }
    }

    private var exposed: JSONObject? {
        cluster.spec.expose.perconaFields.map { JSONObject([("enabled", true)] + $0) }
    }

    mutating func monitoring() {
        guard let monitoring = cluster.spec.monitoring, monitoring.enabled, let pmm = monitoring.pmm else { return }
        spec["pmm"] = [
            "enabled": true, "serverHost": .string(pmm.serverHost),
            "image": .string(options.image("pmm") ?? plan.child?.pmmImage ?? PXCRelease.pmmImage),
        ]
    }

    mutating func podSchedulingPolicy() {
        let placement = PerconaPlacement(cluster, topologyKey: options.topologyKey)
        for (name, value) in placement.ofMembers("pxc") { members[name] = value }
        guard let proxy = plan.proxy else { return }
        for (name, value) in placement.ofOthers(proxy.component) { proxyFields[name] = value }
    }

    mutating func backup() {
        var backup: JSONObject = ["image": .string(plan.backupImage)]
        var storages = plan.backups.storages ?? [:]
        if case .ready(let restore) = plan.source, !restore.isDone {
            // To be read from; of what the cluster itself writes to, that it must have.
            for storage in restore.storages where storages[storage.name] == nil {
                storages[storage.name] = storage.value
            }
        }
        if !storages.isEmpty { backup["storages"] = .object(storages) }
        if let wanted = cluster.spec.backup, let storage = wanted.storage, plan.backups.storages != nil {
            backup["startingDeadlineSeconds"] = .integer(options.startingDeadline)
            backup["backoffLimit"] = options.backoffLimit.map(JSONValue.integer)
            if !wanted.schedules.isEmpty {
                backup["schedule"] = .array(wanted.schedules.map { schedule($0, storage) })
            }
            if wanted.pointInTimeRecovery {
                backup["pitr"] = [
                    "enabled": true, "storageName": .string(PXCNames.binlogStorage(storage)),
                    "timeBetweenUploads": .integer(options.binlogUploadSeconds),
                ]
            }
        }
        spec["backup"] = .object(backup)
    }

    private func schedule(_ schedule: BackupSchedule, _ storage: String) -> JSONValue {
        [
            "name": .string(schedule.name), "schedule": .string(schedule.schedule), "storageName": .string(storage),
            "retention": ["type": "count", "count": JSONValue(schedule.retention), "deleteFromStorage": true],
        ]
    }

    mutating func dataSource() {
        guard case .ready(let restore) = plan.source else { return }
        if restore.isDone {
            annotations[PXCAnnotation.restored] = restore.name
        } else if let child = plan.child, child.isReady, plan.supersededRestore == nil,
            restore.storages.allSatisfy({ child.storages[$0.name] != nil })
        {
            companions.append(
                DesiredObject(
                    .pxcRestore,
                    plan.names.key(restore.name),
                    labels: labels,
                    owner: owner,
                    spec: .object(restore.spec)
                )
            )
        }
    }

    func result() -> [DesiredObject] {
        var spec = spec
        spec["pxc"] = .object(members)
        if let proxy = plan.proxy { spec[proxy.component] = .object(proxyFields) }
        var child = DesiredObject(
            .pxcCluster,
            plan.names.key(cluster.metadata.name),
            labels: labels,
            annotations: annotations,
            owner: owner,
            spec: .object(spec)
        )
        child.content["metadata"]?["finalizers"] = JSONValue(finalizers)
        return [child] + companions
    }
}
