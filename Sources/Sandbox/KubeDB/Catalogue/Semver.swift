/// A version as Go's semver packages read it: up to three numbers, and a pre-release that nothing here has.
struct Semver: Comparable, Sendable {
    let numbers: [Int]

    /// Nil when it is no version.
    init?(_ text: some StringProtocol) {
        let core = text.drop { $0 == "v" }.prefix { $0 != "-" && $0 != "+" }
        let parts = core.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...3).contains(parts.count) else { return nil }
        var numbers: [Int] = []
        for part in parts {
            guard let part, part >= 0 else { return nil }
            numbers.append(part)
        }
        self.numbers = numbers + Array(repeating: 0, count: 3 - numbers.count)
    }

    var major: Int { numbers[0] }

    static func < (left: Semver, right: Semver) -> Bool { left.numbers.lexicographicallyPrecedes(right.numbers) }
}

/// A range of versions such as ">= 8.0.17, < 10.0.0": all of its conditions hold.
struct SemverRange: Sendable {
    private let conditions: [(sign: String, bound: Semver)]

    /// Nil when it is no range.
    init?(_ text: String) {
        var conditions: [(String, Semver)] = []
        for part in text.split(separator: ",") {
            let condition = part.filter { $0 != " " }
            let sign = String(condition.prefix { "<>=!~^".contains($0) })
            guard let bound = Semver(condition.dropFirst(sign.count)) else { return nil }
            conditions.append((sign, bound))
        }
        self.conditions = conditions
    }

    func contains(_ version: Semver) -> Bool {
        conditions.allSatisfy { sign, bound in
            switch sign {
            case ">=": version >= bound
            case ">": version > bound
            case "<=": version <= bound
            case "<": version < bound
            case "!=": version != bound
            case "^": version >= bound && version.major == bound.major
            case "~": version >= bound && version.numbers.prefix(2) == bound.numbers.prefix(2)
            default: version == bound
            }
        }
    }
}
