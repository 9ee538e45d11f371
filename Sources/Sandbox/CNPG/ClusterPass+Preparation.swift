import JSON
import KubernetesAPI

/// The steps before anything is done about instances.
extension ClusterPass {
    /// Defaults and rules again, for a Cluster that came past the webhooks.
    mutating func guardDefinition() -> Step {
        guard !snapshot.isPrepared else { return .goOn }
        let defaulted = ClusterDefaults.applied(to: snapshot.cluster)
        if snapshot.cluster.annotation(CNPG.Annotation.validation) != "disabled",
            let cause = ClusterValidation.causes(against: defaulted).first
        {
            setPhase(CNPG.Phase.invalidDefinition, "\(cause.field): \(cause.message)")
            return .stop
        }
        if let difference = JSONMergePatch.difference(from: spec, to: defaulted["spec"] ?? [:]) {
            act(.patch(snapshot.reference, ["spec": difference]))
            return .stop
        }
        return .goOn
    }

    /// A plugin that nobody knows is told; one whose store is missing stops everything without a word.
    mutating func askPlugins() -> Step {
        memory.missingStore = nil
        for plugin in spec.enabledPlugins {
            let name = plugin["name"]?.string ?? ""
            guard name == CNPG.barmanPlugin else {
                setPhase(CNPG.Phase.unknownPlugin, "Unknown plugin: '\(name)'")
                return .stop
            }
        }
        for store in barmanStores where snapshot.other(.barmanObjectStore, store) == nil {
            memory.missingStore = snapshot.reference(.barmanObjectStore, store)
            retryLater()
            return .stop
        }
        return .goOn
    }

    /// The stores the plugin needs: the one backups go to and the one that is recovered from.
    var barmanStores: [String] { ClusterSources(spec).barmanStores }

    mutating func resolveImage() -> Step {
        guard let image = ClusterSources(spec).image(in: snapshot) else {
            let catalog = spec.at("imageCatalogRef", "name")?.string ?? ""
            let major = spec.at("imageCatalogRef", "major")?.integer ?? 0
            setPhase(
                CNPG.Phase.invalidCatalog,
                "Selected major version \(major) is not available in the catalog \(catalog), or there is no such catalog"
            )
            return .stop
        }
        let requested = CNPG.major(of: image)
        let running = status.at("pgDataImageInfo", "majorVersion")?.integer.map { Int($0) }
        if running == nil || requested == running {
            if let former = status["image"]?.string, former != image, running != nil, !snapshot.instances.isEmpty {
                decision.counted.append(.minorUpgrades)
            }
            status["image"] = .string(image)
            if let running {
                status["pgDataImageInfo"] = ["image": .string(image), "majorVersion": JSONValue(running)]
            }
        }
        return .goOn
    }

    mutating func createObjects() -> Step {
        guard !snapshot.isPrepared else { return .goOn }
        let builder = ClusterObjects(snapshot: snapshot, seed: delays.seed)
        for (reference, make) in builder.required {
            guard let existing = snapshot.others[reference] else {
                act(.create(reference.resource, make()))
                continue
            }
            guard reference.resource == .service || reference.resource == .podDisruptionBudget else { continue }
            let isOurs = existing.controller?["uid"]?.string == snapshot.cluster.objectUID
            guard isOurs || reference.resource != .service else {
                setPhase(
                    CNPG.Phase.cannotCreateObjects,
                    "refusing to reconcile \(reference.resource.kind) \(reference.key.name), not owned by this cluster"
                )
                retryLater()
                return .stop
            }
            let wanted = make()["spec"] ?? [:]
            if JSONMergePatch.apply(wanted, to: existing["spec"] ?? [:]) != existing["spec"] {
                act(.patch(reference, ["spec": wanted]))
            }
        }
        for reference in builder.obsolete {
            if snapshot.others[reference]?.controller?["uid"]?.string == snapshot.cluster.objectUID {
                act(.delete(reference))
            }
        }
        if decision.actions.isEmpty { memory.prepared = snapshot.cluster.at("metadata", "generation")?.integer }
        return .goOn
    }
}

/// Where a Cluster's image and data come from.
struct ClusterSources {
    private let spec: JSONValue

    init(_ spec: JSONValue) { self.spec = spec }

    var barmanStores: [String] {
        let plugins = [spec.barmanPlugin, recoveryPlugin].compactMap(\.self)
        return plugins.compactMap { $0.at("parameters", "barmanObjectName")?.string }
    }

    /// The plugin of the external cluster that is recovered from.
    var recoveryPlugin: JSONValue? {
        guard let source = spec.at("bootstrap", "recovery", "source")?.string else { return nil }
        let plugin = external(source)?["plugin"]
        return plugin?["name"]?.string == CNPG.barmanPlugin ? plugin : nil
    }

    func external(_ name: String) -> JSONValue? {
        spec["externalClusters"]?.array?.first { $0["name"]?.string == name }
    }

    /// The catalogue the image is taken from.
    var catalog: (ResourceType, String)? {
        guard let reference = spec["imageCatalogRef"], let name = reference["name"]?.string else { return nil }
        let isClusterWide = reference["kind"]?.string == "ClusterImageCatalog"
        return (isClusterWide ? .cnpgClusterImageCatalog : .cnpgImageCatalog, name)
    }

    /// The image asked for; nil when the catalogue does not have it.
    func image(in snapshot: ClusterSnapshot) -> String? {
        guard let (resource, name) = catalog else { return spec["imageName"]?.string }
        let images = snapshot.other(resource, name)?.at("spec", "images")?.array
        return images?.first { $0["major"] == spec.at("imageCatalogRef", "major") }?["image"]?.string
    }

    /// The cluster in this sandbox that `pg_basebackup` copies from; nil when it comes from elsewhere.
    func cloneSource(in namespace: String) -> ObjectKey? {
        guard let source = spec.at("bootstrap", "pg_basebackup", "source")?.string,
            let host = external(source)?.at("connectionParameters", "host")?.string
        else { return nil }
        let parts = host.split(separator: ".").map(String.init)
        guard let service = parts.first,
            let suffix = ["-rw", "-ro", "-r"].first(where: { service.hasSuffix($0) })
        else { return nil }
        let isOutside = parts.count > 2 && parts[2] != "svc"
        return isOutside
            ? nil
            : ObjectKey(
                namespace: parts.count > 1 ? parts[1] : namespace,
                name: String(service.dropLast(suffix.count))
            )
    }
}
