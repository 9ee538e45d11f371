import CRDs
import JSON
import KubernetesAPI

/// One version that KubeDB's catalogue offers.
struct KubeDBVersion: Sendable, Equatable {
    /// What `spec.version` of a database names.
    let name: String
    /// The engine's own version.
    let version: String
    let isDeprecated: Bool
    let isEndOfLife: Bool
    /// `Official` and others; for Elasticsearch the product, such as `ElasticStack` or `OpenSearch`.
    let distribution: String?
    /// The image of the database's container.
    let image: String?
    /// All of `spec`.
    let spec: JSONValue

    /// Nil when it has no name or version.
    init?(_ object: JSONValue) {
        guard let name = object.at("metadata", "name")?.string, let version = object.at("spec", "version")?.string
        else { return nil }
        self.name = name
        self.version = version
        spec = object["spec"] ?? [:]
        isDeprecated = spec["deprecated"]?.bool ?? false
        isEndOfLife = spec["endOfLife"]?.bool ?? false
        distribution = spec["distribution"]?.string
        image = spec.at("db", "image")?.string
    }

    /// Whether new databases may be made of it.
    var isCurrent: Bool { !isDeprecated && !isEndOfLife }

    /// Whether this is the distribution that a version without further words means.
    fileprivate var isPreferred: Bool { distribution == "Official" || distribution == "ElasticStack" }

    /// The numbers of a version, to be compared.
    static func numbers(_ version: String) -> [Int] {
        version.prefix { $0.isNumber || $0 == "." }.split(separator: ".").map { Int($0) ?? 0 }
    }

    /// Whether the first is the older one.
    static func precedes(_ left: String, _ right: String) -> Bool {
        numbers(left).lexicographicallyPrecedes(numbers(right))
    }
}

/// The versions of one engine that KubeDB offers.
struct KubeDBCatalogue: Sendable {
    let engine: KubeDBEngine
    /// Oldest first.
    let versions: [KubeDBVersion]

    /// What must be read first.
    static func need(of engine: KubeDBEngine) -> Need { .list(engine.catalogue, namespace: "", labelSelector: "") }

    /// One version by its name, for one that the catalogue as it was read does not have.
    static func need(of name: String, _ engine: KubeDBEngine) -> Need {
        .object(engine.catalogue, ObjectKey(name: name))
    }

    /// Nil while it was not read.
    init?(_ engine: KubeDBEngine, _ observed: Observed) {
        guard let answer = observed.answers[Self.need(of: engine)] else { return nil }
        var objects: [JSONValue] = []
        if case .objects(let found) = answer { objects = found }
        for case (.object(engine.catalogue, _), .object(let object)) in observed.answers { objects.append(object) }
        self.engine = engine
        var known: Set<String> = []
        versions = objects.compactMap { KubeDBVersion($0) }.filter { known.insert($0.name).inserted }
            .sorted { left, right in
                let (one, other) = (KubeDBVersion.numbers(left.version), KubeDBVersion.numbers(right.version))
                return one == other ? left.name < right.name : one.lexicographicallyPrecedes(other)
            }
    }

    subscript(name: String) -> KubeDBVersion? { versions.first { $0.name == name } }

    /// What people mean by a version: the name of an offer, or the engine's version alone.
    func resolve(_ text: String) -> KubeDBVersion? {
        if let named = self[text] { return named }
        let candidates = versions.filter { $0.version == text && $0.isCurrent }
        let preferred = candidates.filter(\.isPreferred)
        return (preferred.isEmpty ? candidates : preferred)
            .min { ($0.name.utf8.count, $0.name) < ($1.name.utf8.count, $1.name) }
    }

    /// What a cluster that names no version gets; nil when the catalogue has nothing but what is deprecated.
    ///
    /// Of an engine all of whose versions are past their end of life, as Kafka's are in KubeDB 2026.7, one of those.
    var standard: KubeDBVersion? {
        let offers = offers
        let known = engine.preferredVersions.lazy.compactMap { name in offers.first { $0.name == name } }.first
        return known ?? offers.last(where: \.isPreferred) ?? offers.last
    }

    /// What new databases may be made of.
    private var offers: [KubeDBVersion] {
        let current = versions.filter(\.isCurrent)
        return current.isEmpty ? versions.filter { !$0.isDeprecated } : current
    }

    /// The offers, for sentences.
    var names: String {
        let names = offers.map(\.name)
        return names.isEmpty ? "none" : names.joined(separator: ", ")
    }
}
