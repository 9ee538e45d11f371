import CRDs
import JSON
import KubernetesAPI

/// What Percona's operator would accept and then choke on; found before anything is written.
///
/// It has no admission webhook by default: an invalid spec shows as state `error`, and cannot even be deleted then.
struct PXCValidation {
    private let plan: PXCPlan
    private let sizes: SizeLadder

    init(_ plan: PXCPlan, sizes: SizeLadder) {
        self.plan = plan
        self.sizes = sizes
    }

    private var cluster: DatabaseCluster { plan.cluster }
    private var spec: DatabaseClusterSpec { plan.cluster.spec }
    private var options: PXCOptions { plan.options }

    func refusals() -> [Refusal] {
        let parameters = PXCParameters(spec.config, memoryLimit: sizes.resources(of: spec)?.limits.memory)
        return [name, version, Self.refusal(ofMembers: spec.clusterSize, options), shards, size, storage]
            .compactMap(\.self) + parameters.refusals() + proxy + [expose, monitoring].compactMap(\.self)
            + (spec.podSchedulingPolicy.map { SchedulingRules($0).refusals } ?? []) + backup
            + [dataSource].compactMap(\.self) + options.refusals + [operatorLevel, user].compactMap(\.self)
    }

    private var name: Refusal? {
        let name = cluster.metadata.name
        guard name.utf8.count > PXCNames.longestName else { return nil }
        return Refusal(
            "InvalidName",
            "name \(name) has \(name.utf8.count) characters, and Percona's operator takes \(PXCNames.longestName) at most; "
                + "choose a shorter one"
        )
    }

    private var version: Refusal? {
        guard let text = spec.version else { return nil }
        return PXCUpgradePath(plan).refusal(of: text, reported: plan.child?.reportedVersion)
    }

    /// Galera votes; of two members, or an even number, none has a majority when they lose sight of each other.
    static func refusal(ofMembers members: Int, _ options: PXCOptions) -> Refusal? {
        guard members != 1, !PXCApplier.isSafe(members: members), !options.takesUnsafeSizes else { return nil }
        return Refusal(
            "UnsafeSize",
            "clusterSize \(members) is not a size that Percona's operator calls safe: take 3 or 5, or 1 without any "
                + "redundancy; providerOptions.unsafeSizes: true allows others"
        )
    }

    private var shards: Refusal? {
        guard let shards = spec.shards, shards > 1 else { return nil }
        return Refusal("ShardsUnsupported", "MySQL with provider percona-pxc has no shards; leave shards out")
    }

    private var size: Refusal? {
        guard let size = spec.size, spec.resources == nil, sizes[size] == nil else { return nil }
        return Refusal("UnknownSize", sizes.unknown(size))
    }

    /// Percona's operator would take a smaller size back and tell so once.
    private var storage: Refusal? {
        guard let stored = plan.child?.storage, spec.storage < stored else { return nil }
        return Refusal(
            "StorageCannotShrink",
            "storage is \(spec.storage), but the volumes have \(stored) and cannot shrink"
        )
    }

    private var proxy: [Refusal] {
        var refusals: [Refusal] = []
        if let type = spec.proxy?.type, spec.proxy?.enabled == true, type != .haproxy, type != .proxysql {
            refusals.append(
                Refusal(
                    "ProxyUnsupported",
                    "provider percona-pxc has the proxies haproxy and proxysql, not \(type.rawValue)"
                )
            )
        }
        if let wanted = plan.proxy, wanted.replicas < 2, spec.clusterSize > 1, !options.takesUnsafeSizes {
            refusals.append(
                Refusal(
                    "UnsafeProxySize",
                    "proxy.replicas \(wanted.replicas) leaves nobody to lead to the members when one proxy restarts; take 2 "
                        + "or more, or allow it with providerOptions.unsafeSizes: true"
                )
            )
        }
        let strange = [
            ("haproxy", options.value["haproxy"] != nil), ("proxysql", options.value["proxysql"] != nil),
        ]
        for (name, isGiven) in strange where isGiven && plan.proxy?.component != name {
            refusals.append(
                Refusal("InvalidOption", "providerOptions.\(name) has an effect only with proxy.type \(name)")
            )
        }
        return refusals
    }

    private var expose: Refusal? {
        if spec.expose.type != .clusterIP, plan.proxy == nil {
            return Refusal(
                "InvalidExpose",
                "expose.type \(spec.expose.type.rawValue) needs a proxy that leads to the members; enable proxy"
            )
        }
        guard spec.expose.type != .loadBalancer, !spec.expose.loadBalancerSourceRanges.isEmpty else { return nil }
        return Refusal(
            "InvalidExpose",
            "expose.loadBalancerSourceRanges has an effect only with expose.type LoadBalancer"
        )
    }

    /// The token for PMM is read from the cluster's own Secret and from nowhere else.
    private var monitoring: Refusal? {
        guard let monitoring = spec.monitoring, monitoring.enabled else { return nil }
        guard let pmm = monitoring.pmm, monitoring.prometheus == nil else {
            return Refusal(
                "MonitoringUnsupported",
                "provider percona-pxc serves no metrics to Prometheus; use monitoring.pmm alone"
            )
        }
        guard let secret = pmm.credentialsSecret, secret != plan.names.secret else { return nil }
        return Refusal(
            "MonitoringUnsupported",
            "monitoring.pmm.credentialsSecret is \(secret), but Percona's operator reads the token from the cluster's own "
                + "Secret: add it to \(plan.names.secret) as pmmservertoken, and leave credentialsSecret out"
        )
    }
}

extension PXCValidation {
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
            guard CronSchedule(schedule.schedule)?.meanInterval != nil else {
                return Refusal(
                    "InvalidSchedule",
                    "backup schedule \(schedule.name): \"\(schedule.schedule)\" is no cron expression of five fields that "
                        + "ever fires"
                )
            }
            // Backups carry the name in a label behind six more characters.
            guard schedule.name.utf8.count > 57 else { return nil }
            return Refusal("InvalidSchedule", "backup schedule \(schedule.name): the name is over 57 characters")
        }
    }

    private var dataSource: Refusal? {
        guard case .cluster(let name, nil) = spec.dataSource else { return nil }
        return PXCSourceSearch.cloneRefusal(name)
    }

    /// One minor version at a time, and never back.
    private var operatorLevel: Refusal? {
        guard let text = options.operatorLevel else { return nil }
        guard let wanted = PerconaVersion(text), wanted.numbers.count == 3 else {
            return Refusal(
                "InvalidOption",
                "providerOptions.crVersion must be a release of Percona's operator such as \(PXCRelease.operatorLevel)"
            )
        }
        guard let live = plan.child?.operatorLevel.flatMap({ PerconaVersion($0) }) else { return nil }
        let isStep = wanted.numbers[0] == live.numbers[0] && (0...1).contains(wanted.numbers[1] - live.numbers[1])
        guard !isStep || wanted.isOlder(than: live) else { return nil }
        return Refusal(
            "UpgradePathUnsupported",
            "providerOptions.crVersion can go from \(live.text) to the next minor version, not to \(text)"
        )
    }

    private var user: Refusal? {
        guard let user = options.user else { return nil }
        guard let name = user["name"]?.string else {
            return Refusal("InvalidOption", "providerOptions.user needs a name")
        }
        guard ["monitor", "operator", "proxyadmin", "replication", "root", "xtrabackup"].contains(name) else {
            return nil
        }
        return Refusal("ReservedName", "providerOptions.user: \(name) is one of Percona's own users; choose another")
    }
}
