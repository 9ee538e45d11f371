import CRDs
import JSON

/// Which versions KubeDB upgrades to from which, as its catalogue says (`updateConstraints`, `pkg/webhooks/ops/v1alpha1`).
struct KubeDBUpgradePath {
    private let engine: KubeDBEngine
    private let mode: KubeDBMode

    init(_ engine: KubeDBEngine, _ mode: KubeDBMode) {
        self.engine = engine
        self.mode = mode
    }

    /// Whether the way is open.
    func allows(_ target: KubeDBVersion, from running: KubeDBVersion) -> Bool {
        if engine.engine == .postgresql, Self.family(target) != Self.family(running) { return false }
        if engine.engine == .elasticsearch, target.distribution != running.distribution { return false }
        let constraints = running.spec["updateConstraints"]
        let (allowed, denied) = (ranges(constraints?["allowlist"]), ranges(constraints?["denylist"]))
        if denied.contains(where: { Self.matches(target.version, $0) }) { return false }
        return allowed.isEmpty || allowed.contains { Self.matches(target.version, $0) }
    }

    /// Of MySQL they are told apart by topology.
    private func ranges(_ list: JSONValue?) -> [String] {
        let own = mode == .standalone ? "standalone" : "groupReplication"
        return (list?.array ?? list?[own]?.array ?? []).compactMap(\.string)
    }

    private static func family(_ version: KubeDBVersion) -> [String] {
        [version.distribution ?? "", version.spec.at("db", "baseOS")?.string ?? ""]
    }

    /// Whether a version is in a range such as `>= 8.0.17, < 10.0.0`; alternatives stand between `||`.
    static func matches(_ version: String, _ range: String) -> Bool {
        let numbers = KubeDBVersion.numbers(version)
        return range.split(separator: "|").contains { alternative in
            let terms = alternative.split(separator: ",")
            return !terms.isEmpty && terms.allSatisfy { satisfies(numbers, $0) }
        }
    }

    private static func satisfies(_ version: [Int], _ term: Substring) -> Bool {
        let text = term.filter { !$0.isWhitespace }
        let sign = text.prefix { "<>=!~^".contains($0) }
        let bound = KubeDBVersion.numbers(String(text.dropFirst(sign.count)))
        let order = compare(version, bound)
        switch sign {
        case ">=": return order >= 0
        case ">": return order > 0
        case "<=": return order <= 0
        case "<": return order < 0
        case "!=": return order != 0
        // As many numbers as are given but the last, and in `^` the first alone, must be the same.
        case "~": return order >= 0 && version.starts(with: bound.dropLast(bound.count > 1 ? 1 : 0))
        case "^": return order >= 0 && version.starts(with: bound.prefix(1))
        default: return order == 0
        }
    }

    /// Less than, equal to or more than 0; numbers that are missing are 0.
    private static func compare(_ left: [Int], _ right: [Int]) -> Int {
        for index in 0..<max(left.count, right.count) {
            let (one, other) = (index < left.count ? left[index] : 0, index < right.count ? right[index] : 0)
            if one != other { return one - other }
        }
        return 0
    }
}
