import CRDs
import JSON
import KubernetesAPI

/// What Strimzi would refuse later, drop in silence, or accept and then choke on; found before anything is written.
///
/// It has no admission webhook: every specification is stored, whatever it says.
struct StrimziValidation {
    private let plan: StrimziPlan
    private let sizes: SizeLadder

    init(_ plan: StrimziPlan, sizes: SizeLadder) {
        self.plan = plan
        self.sizes = sizes
    }

    private var spec: DatabaseClusterSpec { plan.cluster.spec }
    private var options: StrimziOptions { plan.options }
    private var foundation: StrimziFoundation { plan.foundation }

    func refusals() -> [Refusal] {
        let parameters = StrimziParameters(plan.cluster, foundation).refusals()
        let rules = StrimziOptionRules(plan)
        return [name, version].compactMap(\.self) + brokers
            + [shards, size, storage, storageClass].compactMap(\.self) + parameters
            + [proxy, expose, monitoring].compactMap(\.self)
            + (spec.podSchedulingPolicy.map { SchedulingRules($0).refusals } ?? [])
            + [backup, dataSource, stopped].compactMap(\.self) + options.refusals + rules.refusals()
    }

    /// Nothing upstream checks the lengths of what is derived from the name.
    private var name: Refusal? {
        let names = plan.names
        for (kind, derived) in [("Service", names.longestService), ("pod", names.longestPod)]
        where derived.utf8.count > 63 {
            let limit = 63 - (derived.utf8.count - names.cluster.utf8.count)
            return Refusal(
                "InvalidName",
                "name \(names.cluster) is longer than \(limit) characters, and the \(kind) \(derived) that Strimzi would "
                    + "name after it longer than the 63 that Kubernetes takes"
            )
        }
        return nil
    }

    private var version: Refusal? { spec.version.flatMap { Self.refusal(ofVersion: $0, plan) } }

    private var brokers: [Refusal] {
        let size = spec.clusterSize
        if foundation.isCombined, size > 1 {
            return [
                Refusal(
                    "SingleNodeCluster",
                    "the cluster was created with one node that is broker and controller, and Kafka's controllers are fixed "
                        + "for ever; keep clusterSize 1, or create another cluster with providerOptions.controllers.replicas"
                )
            ]
        }
        guard foundation.hasCruiseControl, size < 2 else { return [] }
        return [
            Refusal(
                "CruiseControlNeedsBrokers",
                "Cruise Control, which moves partitions, needs at least 2 brokers; keep clusterSize 2, or set "
                    + "providerOptions.cruiseControl to false"
            )
        ]
    }

    private var shards: Refusal? {
        guard let shards = spec.shards, shards > 1 else { return nil }
        return Refusal(
            "ShardsUnsupported",
            "Kafka with provider strimzi has no shards, but partitions of each topic; leave shards out"
        )
    }

    private var size: Refusal? {
        guard let size = spec.size, spec.resources == nil else {
            return Self.refusal(ofAmounts: spec.resources, "resources")
        }
        return sizes[size] == nil ? Refusal("UnknownSize", sizes.unknown(size)) : nil
    }

    /// An amount of nothing, or a request over its limit, fails the whole reconciliation.
    static func refusal(ofAmounts resources: ResourceRequirements?, _ field: String) -> Refusal? {
        guard let resources else { return nil }
        let amounts = [
            resources.requests.cpu, resources.requests.memory, resources.limits.cpu, resources.limits.memory,
        ]
        if amounts.contains(where: { $0.map { $0 <= Quantity(0) } ?? false }) {
            return Refusal("InvalidResources", "\(field): every amount must be more than 0")
        }
        return resources.refusalOfLimits
    }

    private var storage: Refusal? {
        guard let stored = plan.brokerPool?.storage, spec.storage < stored else { return nil }
        return Refusal(
            "StorageCannotShrink",
            "storage is \(spec.storage), but the volumes were asked to have \(stored) and cannot shrink; Strimzi would "
                + "ignore this and every later change of them"
        )
    }

    private var storageClass: Refusal? {
        guard let pool = plan.brokerPool, pool.storage != nil, pool.storageClass != spec.storageClassName else {
            return nil
        }
        let found = pool.storageClass ?? "the default one"
        return Refusal(
            "StorageClassImmutable",
            "storageClassName cannot be changed any more: the volumes are of \(found), and Strimzi would ignore every change "
                + "of them; create another cluster instead"
        )
    }

    private var proxy: Refusal? {
        guard spec.proxy?.enabled == true else { return nil }
        return Refusal(
            "ProxyUnsupported",
            "Kafka clients reach every broker themselves, so provider strimzi has no proxy; leave proxy out"
        )
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
            "provider strimzi has no PMM agent; use monitoring.prometheus instead of monitoring.pmm"
        )
    }

    private var backup: Refusal? {
        guard spec.backup?.enabled == true else { return nil }
        return Refusal("BackupUnsupported", StrimziRefusals.backup + "; leave backup out")
    }

    private var dataSource: Refusal? {
        guard spec.dataSource != nil else { return nil }
        return Refusal(
            "DataSourceUnsupported",
            "Strimzi starts every Kafka cluster empty; leave dataSource out, and copy topics with MirrorMaker 2"
        )
    }

    private var stopped: Refusal? {
        guard spec.stopped else { return nil }
        return Refusal("StopUnsupported", StrimziRefusals.stop + "; set stopped to false")
    }
}

extension StrimziValidation {
    /// Why a cluster as it runs cannot have that version; nil when it can.
    static func refusal(ofVersion text: String, _ plan: StrimziPlan) -> Refusal? {
        guard let wanted = StrimziVersion(text) else {
            return Refusal(
                "InvalidVersion",
                "version \(text) is no Kafka version; write all three numbers, as in \(StrimziVersion.standard); there are "
                    + StrimziVersion.knownNames
            )
        }
        // What runs may be unknown to this release and is left alone.
        guard StrimziVersion.known.contains(wanted) || plan.kafka?.version == text else {
            return Refusal(
                "UnknownVersion",
                "version \(text) is not known to provider strimzi, which has \(StrimziVersion.knownNames)"
            )
        }
        guard let metadata = plan.kafka?.metadataVersion, let kept = StrimziMetadataVersion(metadata),
            !kept.isReadable(by: wanted)
        else { return nil }
        return Refusal(
            "DowngradeRefused",
            "version \(text) cannot read the cluster's metadata, which is of version \(metadata) already; lower "
                + "providerOptions.metadataVersion first and see it in the Kafka's status.kafkaMetadataVersion"
        )
    }
}

/// Sentences that several refusals share, each without its advice.
enum StrimziRefusals {
    static let backup =
        "Strimzi makes no backups: a copy of the topics in another cluster (MirrorMaker 2) is the nearest"
    static let stop =
        "Strimzi cannot stop a Kafka cluster: at least one broker and one controller must run, and a broker that holds "
        + "partitions cannot be taken away"
}
