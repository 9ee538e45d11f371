import CRDs
import JSON
import KubernetesAPI

/// What CloudNativePG would reject, or accept and then choke on; found before anything is written.
struct CNPGValidation {
    private let plan: CNPGPlan
    private let sizes: SizeLadder

    init(_ plan: CNPGPlan, sizes: SizeLadder) {
        self.plan = plan
        self.sizes = sizes
    }

    private var cluster: DatabaseCluster { plan.cluster }
    private var spec: DatabaseClusterSpec { plan.cluster.spec }
    private var options: CNPGOptions { plan.options }

    func refusals() -> [Refusal] {
        let resources = sizes.resources(of: spec)
        let parameters = CNPGParameters(
            cluster,
            memoryRequest: resources?.requests.memory,
            walStorage: options.walStorageSize,
            live: plan.child?.parameters
        )
        return [name, version, shards, size].compactMap(\.self) + storage + parameters.refusals()
            + [proxy, expose, monitoring].compactMap(\.self)
            + (spec.podSchedulingPolicy.map { SchedulingRules($0).refusals } ?? []) + backup + options.refusals
            + optionRules
    }

    private var name: Refusal? {
        let name = cluster.metadata.name
        if name.utf8.count > 50 {
            return Refusal("InvalidName", "name \(name) is longer than the 50 characters that CloudNativePG takes")
        }
        if name.first?.isLetter != true || name.contains(".") {
            return Refusal("InvalidName", "name \(name) must start with a letter and have no dots for CloudNativePG")
        }
        if name.hasSuffix(CNPGNames.poolerSuffix) {
            return Refusal(
                "InvalidName",
                "name \(name) ends with \(CNPGNames.poolerSuffix), as the pooler of another cluster would be named; "
                    + "choose another name"
            )
        }
        return nil
    }

    private var version: Refusal? {
        let known = CNPGVersion.knownMajors
        let range = "\(known.lowerBound) to \(known.upperBound)"
        guard let text = spec.version else { return nil }
        guard let wanted = CNPGVersion(text) else {
            return Refusal("InvalidVersion", "version \(text) is no PostgreSQL version; write it like 16 or 16.4")
        }
        guard known.contains(wanted.major) else {
            return Refusal("UnknownVersion", "version \(text) is not known to provider cnpg, which runs \(range)")
        }
        guard let running = plan.child?.dataMajor, running != wanted.major else { return nil }
        if wanted.major < running {
            return Refusal(
                "DowngradeRefused",
                "version \(text) is older than the data, which is of PostgreSQL \(running); a downgrade is impossible: "
                    + "restore a backup into a new cluster instead"
            )
        }
        if wanted.major < CNPGVersion.oldestUpgradeTarget {
            return Refusal(
                "UpgradePathUnsupported",
                "CloudNativePG upgrades in place to \(CNPGVersion.oldestUpgradeTarget) and newer, not to \(text)"
            )
        }
        guard !spec.stopped else {
            return Refusal("ClusterStopped", "a stopped cluster cannot be upgraded to \(text); start it first")
        }
        return nil
    }

    private var shards: Refusal? {
        guard let shards = spec.shards, shards > 1 else { return nil }
        return Refusal("ShardsUnsupported", "PostgreSQL with provider cnpg has no shards; leave shards out")
    }

    private var size: Refusal? {
        guard let size = spec.size, spec.resources == nil, sizes[size] == nil else { return nil }
        return Refusal("UnknownSize", sizes.unknown(size))
    }

    private var storage: [Refusal] {
        var refusals: [Refusal] = []
        if let stored = plan.child?.storageSize, spec.storage < stored {
            refusals.append(shrinking("storage", from: stored, to: spec.storage))
        }
        if let stored = plan.child?.walStorageSize {
            if let wanted = options.walStorageSize {
                if wanted < stored {
                    refusals.append(shrinking("providerOptions.walStorage.size", from: stored, to: wanted))
                }
            } else {
                refusals.append(
                    Refusal(
                        "ImmutableOption",
                        "providerOptions.walStorage cannot be taken away again: the members' WAL is on that volume"
                    )
                )
            }
        } else if options.walStorage != nil, options.walStorageSize == nil {
            refusals.append(Refusal("InvalidOption", "providerOptions.walStorage needs a size"))
        }
        return refusals
    }

    private func shrinking(_ field: String, from stored: Quantity, to wanted: Quantity) -> Refusal {
        Refusal("StorageCannotShrink", "\(field) is \(wanted), but the volumes have \(stored) and cannot shrink")
    }

    private var proxy: Refusal? {
        guard let type = plan.proxy?.type, type != .pgbouncer else { return nil }
        return Refusal("ProxyUnsupported", "provider cnpg has the proxy pgbouncer only, not \(type.rawValue)")
    }

    private var expose: Refusal? {
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
            "provider cnpg has no PMM agent; use monitoring.prometheus instead of monitoring.pmm"
        )
    }

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
        var refusals = backup.schedules.compactMap { schedule -> Refusal? in
            let interval = CronSchedule(schedule.schedule)?.meanInterval
            if interval == nil {
                return Refusal(
                    "InvalidSchedule",
                    "backup schedule \(schedule.name): \"\(schedule.schedule)\" is no cron expression of five fields "
                        + "that ever fires"
                )
            }
            let name = plan.names.scheduledBackup(schedule.name)
            guard name.utf8.count > 63 else { return nil }
            return Refusal(
                "InvalidSchedule",
                "backup schedule \(schedule.name): the name \(name) is over 63 characters"
            )
        }
        if let window = options.retentionPolicy, !Self.isWindow(window) {
            refusals.append(
                Refusal(
                    "InvalidOption",
                    "providerOptions.backup.retentionPolicy must be days, weeks or months such as 30d, 4w or 6m"
                )
            )
        }
        return refusals
    }

    private static func isWindow(_ text: String) -> Bool {
        guard let unit = text.last, "dwm".contains(unit), text.first != "0" else { return false }
        let digits = text.dropLast()
        return !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber }
    }
}

extension CNPGValidation {
    private var optionRules: [Refusal] {
        [synchronous, owner, creation].compactMap(\.self)
    }

    private var synchronous: Refusal? {
        guard let synchronous = options.synchronous else { return nil }
        guard synchronous["method"] != nil, synchronous["number"]?.integer != nil else {
            return Refusal("InvalidOption", "providerOptions.synchronous needs method and number")
        }
        return Self.tooFewMembers(options, clusterSize: spec.clusterSize)
    }

    /// With more acknowledgements wanted than there are replicas every write would wait for ever.
    private static func tooFewMembers(_ options: CNPGOptions, clusterSize: Int) -> Refusal? {
        guard let number = options.synchronous?["number"]?.integer, number >= Int64(clusterSize) else { return nil }
        return Refusal(
            "TooFewMembers",
            "clusterSize \(clusterSize) leaves fewer replicas than the \(number) that providerOptions.synchronous "
                + "wants for each commit; keep more members or lower synchronous.number"
        )
    }

    private var owner: Refusal? {
        for name in [options.owner, options.database].compactMap(\.self)
        where name.hasPrefix("pg_") || name.hasPrefix("cnpg_") || name == "streaming_replica" || name == "postgres" {
            return Refusal(
                "ReservedName",
                "providerOptions: \(name) is reserved by PostgreSQL or CloudNativePG; choose another database or owner"
            )
        }
        return nil
    }

    /// The first initialisation happens once; its options cannot mean anything later.
    private var creation: Refusal? {
        guard spec.dataSource == nil, let live = plan.child?.bootstrap?["initdb"]?.object else { return nil }
        let wanted = CNPGDataSource.initdb(options)["initdb"]?.object ?? [:]
        guard let changed = wanted.first(where: { live[$0.name] != $0.value }) else { return nil }
        let found = live[changed.name].map { " from \($0)" } ?? ""
        return Refusal(
            "ImmutableOption",
            "providerOptions: \(changed.name) cannot be changed\(found) to \(changed.value): it acts only when a cluster "
                + "is created"
        )
    }
}

extension CNPGValidation {
    /// Why a cluster cannot have that many members; nil when it can.
    static func refusalOfMembers(_ cluster: DatabaseCluster) -> Refusal? {
        let options = CNPGOptions(cluster)
        if let refusal = tooFewMembers(options, clusterSize: cluster.spec.clusterSize) { return refusal }
        let parameters = CNPGParameters(cluster, memoryRequest: nil, walStorage: options.walStorageSize)
        return parameters.refusals().first
    }
}
