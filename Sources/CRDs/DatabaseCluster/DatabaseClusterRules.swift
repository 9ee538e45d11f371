package import JSON
import KubernetesAPI

/// The rules that a DatabaseCluster must hold to, beyond types and bounds.
package enum DatabaseClusterRules {
    /// The rules that do not hold; empty when the object may be stored.
    ///
    /// See ``Schema/violations(new:old:)``.
    package static func validate(new: JSONValue, old: JSONValue?) -> [FieldViolation] {
        DatabaseCluster.schema.violations(new: new, old: old)
    }

    // MARK: the object

    static let shortName = Rule(
        "size(self.metadata.name) <= 40",
        "name must be at most 40 characters: names of children are built from it"
    ) { cluster in
        (cluster.at("metadata", "name")?.string?.unicodeScalars.count ?? 0) <= 40
    }

    static let labelName = Rule(
        "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
        "name must be a DNS label that starts with a letter"
    ) { cluster in
        guard let name = cluster.at("metadata", "name")?.string else { return true }
        return isLabel(name)
    }

    private static func isLabel(_ name: String) -> Bool {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let first = name.utf8.first, let last = name.utf8.last else { return false }
        return letters.contains(first) && (letters.contains(last) || digits.contains(last))
            && name.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "-") }
    }

    // MARK: what may not change

    static let providerStays = Rule(
        transition: "has(self.provider) == has(oldSelf.provider) && "
            + "(!has(self.provider) || self.provider == oldSelf.provider)",
        "provider is immutable: create a new DatabaseCluster instead",
        fieldPath: ".provider",
        reason: .forbidden
    ) { $0["provider"] == $1["provider"] }

    static let storageClassStays = Rule(
        transition: "!has(oldSelf.storageClassName) || "
            + "(has(self.storageClassName) && self.storageClassName == oldSelf.storageClassName)",
        "storageClassName is immutable once set",
        fieldPath: ".storageClassName",
        reason: .forbidden
    ) { !$1.has("storageClassName") || $0["storageClassName"] == $1["storageClassName"] }

    static let dataSourceStays = Rule(
        transition: "has(self.dataSource) == has(oldSelf.dataSource) && "
            + "(!has(self.dataSource) || self.dataSource == oldSelf.dataSource)",
        "dataSource acts at creation only and cannot be changed",
        fieldPath: ".dataSource",
        reason: .forbidden
    ) { $0["dataSource"] == $1["dataSource"] }

    static let engineStays = Rule.immutable("engine is immutable: create a new DatabaseCluster instead")

    static let storageGrows = Rule(
        transition: "quantity(self).compareTo(quantity(oldSelf)) >= 0",
        "storage can grow but not shrink"
    ) { new, old in
        guard let wanted = new.quantity, let before = old.quantity else { return true }
        return wanted >= before
    }

    // MARK: what goes together

    static let sizeOrResources = Rule(
        "!(has(self.size) && has(self.resources))",
        "give size or resources, not both"
    ) { !($0.has("size") && $0.has("resources")) }

    static let providerServesEngine = Rule(
        "!has(self.provider) || self.provider == 'kubedb' || "
            + "(self.provider == 'cnpg' && self.engine == 'postgresql') || "
            + "(self.provider == 'percona-psmdb' && self.engine == 'mongodb') || "
            + "(self.provider == 'percona-pxc' && self.engine == 'mysql') || "
            + "(self.provider == 'strimzi' && self.engine == 'kafka')",
        "this provider does not serve this engine",
        fieldPath: ".provider"
    ) { spec in
        guard let provider = spec["provider"]?.string.flatMap(ProviderName.init(rawValue:)),
            let engine = spec["engine"]?.string.flatMap(Engine.init(rawValue:))
        else { return true }
        return provider.serves(engine)
    }

    static let proxyFitsEngine = Rule(
        "!has(self.proxy) || !has(self.proxy.type) || "
            + "(self.engine == 'postgresql' && self.proxy.type == 'pgbouncer') || "
            + "(self.engine in ['mysql', 'mariadb'] && self.proxy.type in ['haproxy', 'proxysql']) || "
            + "(self.engine == 'mongodb' && self.proxy.type == 'mongos')",
        "this proxy does not fit this engine",
        fieldPath: ".proxy.type"
    ) { spec in
        guard let type = spec.at("proxy", "type")?.string.flatMap(ProxyType.init(rawValue:)),
            let engine = spec["engine"]?.string.flatMap(Engine.init(rawValue:))
        else { return true }
        return engine.proxyTypes.contains(type)
    }

    static let schedulesNeedStorage = Rule(
        "!has(self.schedules) || size(self.schedules) == 0 || has(self.storage)",
        "schedules need a storage"
    ) { backup in
        backup["schedules"]?.array?.isEmpty ?? true || backup.has("storage")
    }

    static let exactlyOneSource = Rule(
        "[has(self.backup), has(self.cluster), has(self.external)].filter(x, x).size() == 1",
        "exactly one of backup, cluster and external must be given"
    ) { source in
        ["backup", "cluster", "external"].count { source.has($0) } == 1
    }
}
