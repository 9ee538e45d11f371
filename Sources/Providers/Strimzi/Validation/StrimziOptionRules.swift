import CRDs
import JSON
import KubernetesAPI

/// What is wrong with `spec.providerOptions` beyond their shapes.
struct StrimziOptionRules {
    private let plan: StrimziPlan
    private var options: StrimziOptions { plan.options }

    init(_ plan: StrimziPlan) { self.plan = plan }

    func refusals() -> [Refusal] {
        [
            controllers, controllerVolumes, controllerResources, cruiseControl, metadataVersion, deleteClaim,
            plainListener,
        ]
        .compactMap(\.self) + jvm + labels + metrics + certificates
    }

    private func invalid(_ option: String, _ problem: String) -> Refusal {
        Refusal("InvalidOption", "providerOptions.\(option) \(problem)")
    }

    /// Strimzi would carry a change of the controllers out, and leave them without their quorum.
    private var controllers: Refusal? {
        guard let wanted = options.controllers else { return nil }
        if wanted.isMultiple(of: 2) {
            return invalid("controllers.replicas", "must be odd, but it is \(wanted): an even one more adds no safety")
        }
        let found = plan.foundation.isCombined ? "a node that is a broker too" : "\(plan.foundation.controllers)"
        guard plan.foundation.isCombined || wanted != plan.foundation.controllers else { return nil }
        return Refusal(
            "ControllersImmutable",
            "providerOptions.controllers.replicas is \(wanted), but the cluster has \(found): Kafka's controllers are "
                + "fixed when a cluster is created; create another one"
        )
    }

    private var controllerVolumes: Refusal? {
        guard !plan.foundation.isCombined,
            let live = plan.pools.first(where: { $0.metadata.name == plan.names.controllers })
        else { return nil }
        if let stored = live.storage, options.controllerStorage < stored {
            return Refusal(
                "StorageCannotShrink",
                "providerOptions.controllers.storage is \(options.controllerStorage), but the volumes were asked to have "
                    + "\(stored) and cannot shrink"
            )
        }
        let wanted = options.controllerStorageClass ?? plan.cluster.spec.storageClassName
        guard live.storage != nil, live.storageClass != wanted else { return nil }
        return Refusal(
            "StorageClassImmutable",
            "providerOptions.controllers.storageClass cannot be changed any more: the volumes are of "
                + "\(live.storageClass ?? "the default class")"
        )
    }

    private var controllerResources: Refusal? {
        StrimziValidation.refusal(ofAmounts: options.controllerResources, "providerOptions.controllers.resources")
    }

    /// A single node that is everything has nowhere to move a partition to.
    private var cruiseControl: Refusal? {
        guard options.cruiseControl == true, plan.foundation.isCombined else { return nil }
        return invalid("cruiseControl", "needs brokers beside each other, and this cluster has one node alone")
    }

    private var metadataVersion: Refusal? {
        guard let text = options.metadataVersion else { return nil }
        guard let wanted = StrimziMetadataVersion(text), !wanted.isTooOld else {
            return invalid("metadataVersion", "must be like 4.3 or 4.3-IV0 and at least 3.3-IV3, but it is \(text)")
        }
        guard let version = StrimziVersion(plan.version), !wanted.isReadable(by: version) else { return nil }
        return invalid(
            "metadataVersion",
            "is \(text), which version \(plan.version) cannot read; upgrade version first"
        )
    }

    private var deleteClaim: Refusal? {
        guard options.deletesClaims, plan.cluster.spec.deletionPolicy != .delete else { return nil }
        return invalid(
            "deleteClaim",
            "deletes volumes, which deletionPolicy \(plan.cluster.spec.deletionPolicy.rawValue) keeps; set it to false"
        )
    }

    private var plainListener: Refusal? {
        guard options.hasPlainListener, options.authentication == "tls" else { return nil }
        return invalid("plainListener", "has no TLS and so cannot go with authentication tls")
    }

    private var jvm: [Refusal] {
        [("jvm", options.jvm), ("controllers.jvm", options.controllerJVM)].flatMap { path, options in
            options.compactMap { option in
                guard let text = option.value.string, !Self.isHeap(text) else { return nil }
                return invalid(path, "has \(text), which is no size of a heap; write it like 512m or 4g")
            }
        }
    }

    private static func isHeap(_ text: String) -> Bool {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        return !digits.isEmpty && ["", "m", "M", "g", "G"].contains(text.dropFirst(digits.count))
    }

    private var labels: [Refusal] {
        ["podLabels": options.podLabels, "podAnnotations": options.podAnnotations].sorted { $0.key < $1.key }
            .compactMap { path, fields in
                guard let name = fields.names.first(where: { $0.hasPrefix(StrimziLabel.prefix) }) else { return nil }
                return invalid(path, "has \(name): names that begin with \(StrimziLabel.prefix) are Strimzi's own")
            }
    }

    private var metrics: [Refusal] {
        guard let metrics = options.value["metrics"]?.object else { return [] }
        if metrics["configMap"] != nil, options.metricsRules == nil {
            return [invalid("metrics.configMap", "needs the name of a ConfigMap with the rules of the JMX exporter")]
        }
        guard metrics["configMap"] != nil, metrics["allowList"] != nil else { return [] }
        return [invalid("metrics", "has configMap and allowList; give one of the two")]
    }

    private var certificates: [Refusal] {
        guard let renewal = options.renewalDays ?? (options.validityDays == nil ? nil : 30) else { return [] }
        let validity = options.validityDays ?? 365
        guard renewal >= validity else { return [] }
        return [
            invalid("certificates", "are renewed \(renewal) days before they end, but are valid for \(validity) only")
        ]
    }
}
