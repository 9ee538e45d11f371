import CRDs
import JSON
import KubernetesAPI

/// What KubeDB would reject, or accept and then choke on; found before anything is written.
///
/// KubeDB's own webhooks may be absent or be passed by, as they are set to be ignored when they fail.
struct KubeDBValidation {
    let plan: KubeDBPlan

    init(_ plan: KubeDBPlan) { self.plan = plan }

    var cluster: DatabaseCluster { plan.cluster }
    var spec: DatabaseClusterSpec { plan.cluster.spec }
    var engine: Engine { plan.cluster.spec.engine }

    func refusals() -> [Refusal] {
        let members = KubeDBMembers(plan).refusals
        return [name, version].compactMap(\.self) + members + [size, resources, storage, ephemeral].compactMap(\.self)
            + KubeDBParameters(plan).refusals + [proxy, expose, monitoring].compactMap(\.self) + scheduling
            + [backup, source, deletion].compactMap(\.self) + plan.options.refusals + KubeDBFixedOptions(plan).refusals
    }

    /// A database's name is a label's value, a service's name, and the beginning of its parts' names.
    private var name: Refusal? {
        let name = cluster.metadata.name
        // Sentinels are named after the cluster, and theirs is a database's name too.
        let suffix = plan.topology.mode == .sentinel && plan.options.sentinel == nil ? KubeDBPlan.sentinelSuffix : ""
        let longest = 32 - suffix.utf8.count
        if name.utf8.count > longest {
            return Refusal(
                "InvalidName",
                "name \(name) is longer than the \(longest) characters that a KubeDB database of this kind may have"
            )
        }
        if name.contains(".") || name.first?.isLetter != true {
            return Refusal("InvalidName", "name \(name) must start with a letter and have no dots for KubeDB")
        }
        guard engine == .mysql, plan.version.name.map({ KubeDBVersion.numbers($0).first == 5 }) ?? false else {
            return nil
        }
        let host = "\(name).\(name)-pods.\(cluster.metadata.namespace).svc"
        guard host.utf8.count > 60 else { return nil }
        return Refusal(
            "InvalidName",
            "MySQL 5 takes hosts of at most 60 characters, and \(host) is longer; choose a shorter name"
        )
    }

    private var version: Refusal? {
        if let refusal = plan.version.refusal { return refusal }
        guard case .known(let name, let found?) = plan.version else { return nil }
        if engine == .elasticsearch, found.isDeprecated, plan.child?.version != name {
            return Refusal(
                "DeprecatedVersion",
                "version \(name) is deprecated, and KubeDB refuses it; name a later one"
            )
        }
        guard let running = plan.child?.version, KubeDBVersion.precedes(found.version, Self.number(running)) else {
            return nil
        }
        return Refusal(
            "DowngradeRefused",
            "version \(name) is older than \(running), which runs; a downgrade is impossible: restore a backup into a new "
                + "cluster instead"
        )
    }

    /// The engine's version in the name of an object of the catalogue, such as 9.2.3 in `xpack-9.2.3`.
    private static func number(_ name: String) -> String {
        String(name.split(separator: "-").first { $0.first?.isNumber == true } ?? "")
    }

    private var size: Refusal? {
        guard plan.resources == nil, let size = spec.size else { return nil }
        return Refusal("UnknownSize", plan.sizes.unknown(size))
    }

    private var resources: Refusal? {
        guard let resources = plan.resources else { return nil }
        if let refusal = resources.refusalOfLimits { return refusal }
        let least = Quantity(bytes: 256 << 20)
        guard engine == .elasticsearch, let memory = resources.requests.memory, memory < least else { return nil }
        return Refusal("TooLittleMemory", "KubeDB takes Elasticsearch with 256Mi of memory or more, not \(memory)")
    }

    /// A smaller size passes KubeDB's webhook, changes nothing, and keeps volumes from growing ever after.
    private var storage: Refusal? {
        guard let child = plan.child else { return nil }
        let sizes = [child.data.storage] + plan.dataClaims.map(\.requested)
        guard let stored = sizes.compactMap(\.self).max(), spec.storage < stored else { return nil }
        return Refusal(
            "StorageCannotShrink",
            "storage is \(spec.storage), but the volumes have \(stored) and cannot shrink"
        )
    }

    private var ephemeral: Refusal? {
        if let live = plan.child?.spec["storageType"]?.string, (live == "Ephemeral") != plan.options.isEphemeral {
            return Refusal(
                "ImmutableOption",
                "providerOptions.storageType cannot be changed: the database was created with \(live) storage"
            )
        }
        guard plan.options.isEphemeral else { return nil }
        if spec.stopped {
            return Refusal(
                "CannotStop",
                "a database with providerOptions.storageType Ephemeral would lose its data when stopped; delete it instead"
            )
        }
        guard spec.deletionPolicy == .retain else { return nil }
        return Refusal(
            "NothingToRetain",
            "deletionPolicy Retain keeps volumes, and a database with providerOptions.storageType Ephemeral has none"
        )
    }

    private var deletion: Refusal? {
        guard plan.options.wipesOut, spec.deletionPolicy == .retain else { return nil }
        return Refusal("InvalidOption", "providerOptions.wipeOut and deletionPolicy Retain contradict each other")
    }
}

extension KubeDBValidation {
    private var proxy: Refusal? {
        guard let proxy = spec.proxy, proxy.enabled else { return nil }
        guard engine == .mongodb else {
            let type = proxy.type ?? engine.proxyTypes.first
            return Refusal(
                "ProxyUnsupported",
                "provider kubedb has no proxy\(type.map { " \($0.rawValue)" } ?? "") for \(engine.rawValue); leave proxy out"
            )
        }
        guard plan.topology.mode != .sharded else { return nil }
        return Refusal("ProxyNeedsShards", "mongos stands before shards alone; give shards, or leave proxy out")
    }

    private var expose: Refusal? {
        guard spec.expose.type == .clusterIP || engine != .kafka else {
            return Refusal(
                "ExposeUnsupported",
                "KubeDB gives Kafka a service without an address alone, so it cannot be reached by "
                    + "\(spec.expose.type.rawValue); leave expose out"
            )
        }
        guard spec.expose.type != .loadBalancer, !spec.expose.loadBalancerSourceRanges.isEmpty else { return nil }
        return Refusal(
            "InvalidExpose",
            "expose.loadBalancerSourceRanges has an effect only with expose.type LoadBalancer"
        )
    }

    private var monitoring: Refusal? {
        guard let monitoring = spec.monitoring, monitoring.enabled, monitoring.pmm != nil else { return nil }
        return Refusal(
            "MonitoringUnsupported",
            "provider kubedb has no PMM agent; use monitoring.prometheus instead of monitoring.pmm"
        )
    }

    private var scheduling: [Refusal] {
        guard let policy = spec.podSchedulingPolicy else { return [] }
        var refusals = SchedulingRules(policy).refusals
        let unsupported = [
            ("affinity", policy.affinity?.object?.isEmpty == false),
            ("topologySpreadConstraints", !policy.topologySpreadConstraints.isEmpty),
        ]
        refusals += unsupported.filter(\.1).map { name, _ in
            Refusal(
                "SchedulingUnsupported",
                "podSchedulingPolicy.\(name) cannot be said to KubeDB; use nodeSelector and tolerations, or write a "
                    + "PlacementPolicy (apps.k8s.appscode.com/v1) and name it in providerOptions.placementPolicy"
            )
        }
        return refusals
    }

    private var backup: Refusal? {
        guard let backup = spec.backup, backup.enabled else { return nil }
        return Refusal(
            "BackupUnsupported",
            "provider kubedb makes no backups: those of KubeDB are KubeStash's, a product of its own; leave backup out and "
                + "set up KubeStash for \(plan.engine.kind) \(plan.key.name) beside it"
        )
    }

    private var source: Refusal? {
        guard spec.dataSource != nil else { return nil }
        return Refusal(
            "DataSourceUnsupported",
            "provider kubedb cannot fill a new database from a backup or another cluster; leave dataSource out and restore "
                + "into the running database with KubeStash"
        )
    }
}
