import JSON
import KubernetesAPI
import Synchronization

/// The kinds that are served now: the built-in ones and those that definitions have added.
struct ServedKinds: Sendable {
    struct Version: Hashable, Sendable {
        let group: String
        let version: String
    }

    private var kinds: [Version: [String: ServedKind]] = [:]
    /// Counts the changes, so that what was derived from an earlier state is known to be stale.
    private(set) var generation: UInt64 = 0

    func kind(group: String, version: String, plural: String) -> ServedKind? {
        kinds[Version(group: group, version: version)]?[plural]
    }

    func serves(group: String, version: String) -> Bool { kinds[Version(group: group, version: version)] != nil }

    /// The kind in that version, or in another one that is served when it names none of them.
    func kind(_ resource: ResourceType) -> ServedKind? {
        kind(group: resource.group, version: resource.version, plural: resource.plural)
    }

    /// The kinds of a version in the order of their names.
    func kinds(group: String, version: String) -> [ServedKind] {
        (kinds[Version(group: group, version: version)] ?? [:]).values.sorted {
            $0.resource.plural < $1.resource.plural
        }
    }

    /// The groups in order, the core group ("") first.
    var groups: [String] { Set(kinds.keys.map(\.group)).sorted() }

    /// The versions of a group, the preferred one first.
    func versions(of group: String) -> [String] {
        kinds.keys.filter { $0.group == group }.map(\.version).sorted(by: Self.isPreferred)
    }

    mutating func add(_ added: [ServedKind]) {
        generation += 1
        for kind in added {
            let version = Version(group: kind.resource.group, version: kind.resource.version)
            kinds[version, default: [:]][kind.resource.plural] = kind
        }
    }

    mutating func remove(_ place: GroupResource) {
        generation += 1
        for version in kinds.keys where version.group == place.group {
            kinds[version]?[place.plural] = nil
            if kinds[version]?.isEmpty == true { kinds[version] = nil }
        }
    }

    /// Stable versions before betas before alphas, later numbers first; anything else last, by name.
    static func isPreferred(_ left: String, _ right: String) -> Bool {
        guard let a = parse(left) else { return parse(right) == nil && left < right }
        guard let b = parse(right) else { return true }
        return a.lexicographicallyPrecedes(b) { $0 > $1 }
    }

    /// "v1beta2" as [stability, major, minor], each greater for the preferred one.
    private static func parse(_ version: String) -> [Int]? {
        guard let match = version.wholeMatch(of: /v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?/),
            let major = Int(match.1)
        else { return nil }
        switch match.2 {
        case "alpha": return [0, major, match.3.flatMap { Int($0) } ?? 0]
        case "beta": return [1, major, match.3.flatMap { Int($0) } ?? 0]
        default: return [2, major, 0]
        }
    }
}

/// The catalogue as it changes while the server runs.
final class KindCatalogue: Sendable {
    private let state: Mutex<ServedKinds>

    init(_ kinds: [ServedKind]) {
        var served = ServedKinds()
        served.add(kinds)
        state = Mutex(served)
    }

    var current: ServedKinds { state.withLock { $0 } }

    func kind(_ resource: ResourceType) -> ServedKind? { state.withLock { $0.kind(resource) } }

    /// Puts the versions of one kind in the place of those served before.
    func replace(_ place: GroupResource, with kinds: [ServedKind]) {
        state.withLock { served in
            served.remove(place)
            served.add(kinds)
        }
    }
}
