import CRDs
import JSON
import KubernetesAPI

/// What Percona's operator would accept and then choke on, since nothing checks its objects when they are written.
struct PSMDBValidation {
    private let plan: PSMDBPlan
    private let sizes: SizeLadder

    init(_ plan: PSMDBPlan, sizes: SizeLadder) {
        self.plan = plan
        self.sizes = sizes
    }

    private var cluster: DatabaseCluster { plan.cluster }
    private var spec: DatabaseClusterSpec { plan.cluster.spec }
    private var options: PSMDBOptions { plan.options }

    func refusals() -> [Refusal] {
        let parts: [Refusal?] = [name, version, refusalOfMembers, shards, size, storage]
        let config = PSMDBParameters(spec.config, at: "config").refusals()
        let access: [Refusal?] = [proxy, expose, monitoring]
        return parts.compactMap(\.self) + config + access.compactMap(\.self)
            + (spec.podSchedulingPolicy.map { SchedulingRules($0).refusals } ?? []) + backup + options.refusals
            + optionRules
    }

    private var name: Refusal? {
        let name = cluster.metadata.name
        let longest = plan.replsets.map(\.utf8.count).max() ?? 0
        let limit = PSMDBNames.longestNames - max(longest, 3)
        guard name.utf8.count > limit else { return nil }
        return Refusal(
            "InvalidName",
            "name \(name) has \(name.utf8.count) characters; with \(plan.shards) shards Percona's operator takes \(limit)"
        )
    }

    private var version: Refusal? {
        guard let text = spec.version else { return nil }
        guard let asked = PerconaVersion(text) else {
            return Refusal(
                "InvalidVersion",
                "version \(text) is no version of Percona Server for MongoDB; write it like 8.0 or 8.0.19-7"
            )
        }
        guard let wanted = plan.version else {
            return Refusal(
                "UnknownVersion",
                "version \(text) is not known to provider percona-psmdb; it knows \(PSMDBRelease.known), and others of "
                    + "\(PSMDBRelease.path.joined(separator: ", ")) with the number of Percona's build, like 8.0.19-7"
            )
        }
        guard let running = plan.child?.runningVersion, running != wanted else { return nil }
        if let refusal = PSMDBRelease.refusal(of: wanted, from: running) { return refusal }
        guard spec.stopped, plan.child?.isPaused == true, asked.series != running.series else { return nil }
        return Refusal("ClusterStopped", "a stopped cluster cannot be upgraded to \(text); start it first")
    }

    /// Why the cluster cannot have as many members as its spec says; nil when it can.
    var refusalOfMembers: Refusal? {
        let wanted = spec.clusterSize
        if let refusal = Self.refusal(ofMembers: wanted) { return refusal }
        guard wanted == 1, let now = plan.child?.replsets.map(\.size).max(), now > 1 else { return nil }
        return Refusal(
            "InvalidSize",
            "a replica set of \(now) members cannot be reduced to a single one, which could not be elected by the others; "
                + "restore a backup into a new cluster of one member instead"
        )
    }

    /// Why a replica set cannot have that many members; nil when it can.
    static func refusal(ofMembers size: Int) -> Refusal? {
        if size != 1, size < 3 || size.isMultiple(of: 2) {
            let lower = max(size - 1, 1)
            return Refusal(
                "InvalidSize",
                "clusterSize \(size) is even, and a replica set needs an odd number of members to elect a primary; use "
                    + "\(lower) or \(size + 1)"
            )
        }
        guard size > 49 else { return nil }
        return Refusal(
            "InvalidSize",
            "clusterSize \(size) is more than a replica set of MongoDB can have; use 49 at most"
        )
    }

    private var shards: Refusal? {
        guard let child = plan.child else { return nil }
        if child.isSharded != plan.isSharded {
            return Refusal(
                "ShardingImmutable",
                child.isSharded
                    ? "the cluster has routers and shards and cannot go back to a bare replica set; keep proxy or shards, or "
                        + "restore a backup into a new cluster"
                    : "the cluster is a bare replica set and cannot become a sharded one; restore a backup into a new "
                        + "cluster that has proxy or shards"
            )
        }
        guard plan.shards < child.replsets.count else { return nil }
        return Refusal(
            "ShardsCannotShrink",
            "the cluster has \(child.replsets.count) shards, and \(plan.shards) would leave the data of the others behind; "
                + "restore a backup into a new cluster with fewer shards instead"
        )
    }

    private var size: Refusal? {
        guard let size = spec.size, spec.resources == nil, sizes[size] == nil else { return nil }
        return Refusal("UnknownSize", sizes.unknown(size))
    }

    /// Percona's operator takes a smaller size for an error, and stays in it until the old one is back.
    private var storage: Refusal? {
        let stored = (plan.child?.replsets.compactMap(\.storage) ?? []).max()
        guard let stored, plan.wantedStorage < stored else { return nil }
        return Refusal(
            "StorageCannotShrink",
            "storage is \(spec.storage), but the volumes have \(stored) and cannot shrink"
        )
    }

    private var proxy: Refusal? {
        guard let proxy = plan.proxy else { return nil }
        if let type = proxy.type, type != .mongos {
            return Refusal("ProxyUnsupported", "provider percona-psmdb has the proxy mongos only, not \(type.rawValue)")
        }
        return nil
    }

    private var expose: Refusal? {
        guard spec.expose.type != .loadBalancer, !spec.expose.loadBalancerSourceRanges.isEmpty else { return nil }
        return Refusal(
            "InvalidExpose",
            "expose.loadBalancerSourceRanges has an effect only with expose.type LoadBalancer"
        )
    }

    private var monitoring: Refusal? {
        guard let monitoring = spec.monitoring, monitoring.enabled else { return nil }
        guard let pmm = monitoring.pmm else {
            return Refusal(
                "MonitoringUnsupported",
                "provider percona-psmdb is monitored by PMM only; give monitoring.pmm with its serverHost"
            )
        }
        if monitoring.prometheus != nil {
            return Refusal(
                "MonitoringUnsupported",
                "the members of provider percona-psmdb serve no metrics to Prometheus; leave monitoring.prometheus out, PMM "
                    + "collects them"
            )
        }
        guard let secret = pmm.credentialsSecret, secret != plan.names.users else { return nil }
        return Refusal(
            "MonitoringUnsupported",
            "Percona's operator reads PMM's token from key PMM_SERVER_TOKEN of Secret \(plan.names.users) only; put it "
                + "there, and leave monitoring.pmm.credentialsSecret out or name that Secret"
        )
    }
}

extension PSMDBValidation {
    private var backup: [Refusal] {
        guard let backup = spec.backup, backup.enabled else { return [] }
        guard backup.storage != nil else {
            return [
                Refusal(
                    "BackupStorageMissing",
                    "backup is enabled without a storage; name a BackupStorage in backup.storage"
                )
            ]
        }
        return backup.schedules.compactMap { schedule in
            guard CronSchedule(schedule.schedule)?.meanInterval == nil else { return nil }
            return Refusal(
                "InvalidSchedule",
                "backup schedule \(schedule.name): \"\(schedule.schedule)\" is no cron expression of five fields that ever "
                    + "fires"
            )
        }
    }

    private var optionRules: [Refusal] {
        let configServers = PSMDBParameters(options.configServerConfig, at: "providerOptions.configServers.config")
        let routers = PSMDBParameters(options.mongosConfig, at: "providerOptions.mongosConfig", isRouter: true)
        return [operatorLevel, configServer, issuer].compactMap(\.self) + configServers.refusals() + routers.refusals()
    }

    /// Text of another form ends Percona's operator.
    private var operatorLevel: Refusal? {
        guard let level = options.operatorLevel else { return nil }
        guard let numbers = PerconaVersion(level)?.numbers, numbers.count == 3, !level.contains("-") else {
            return Refusal("InvalidOption", "providerOptions.crVersion must be a released version such as 1.22.0")
        }
        guard let now = plan.child?.operatorLevel.flatMap({ PerconaVersion($0)?.numbers }), now.count == 3,
            numbers != now
        else { return nil }
        if numbers.lexicographicallyPrecedes(now) {
            return Refusal("DowngradeRefused", "providerOptions.crVersion \(level) is older than what the cluster has")
        }
        guard numbers[0] != now[0] || numbers[1] > now[1] + 1 else { return nil }
        return Refusal(
            "UpgradePathUnsupported",
            "providerOptions.crVersion goes up by one minor version at a time; the cluster has "
                + now.map { "\($0)" }.joined(separator: ".")
        )
    }

    private var configServer: Refusal? {
        if let size = options.configServerSize, sizes[size] == nil {
            return Refusal("UnknownSize", sizes.unknown(size))
        }
        guard let members = options.configServers, members.isMultiple(of: 2) else { return nil }
        return Refusal("InvalidOption", "providerOptions.configServers.members must be odd, not \(members)")
    }

    private var issuer: Refusal? {
        guard let issuer = options.issuer, issuer["name"] == nil else { return nil }
        return Refusal("InvalidOption", "providerOptions.tls.issuer needs a name")
    }
}
