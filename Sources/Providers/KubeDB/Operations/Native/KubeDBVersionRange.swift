/// A range of versions as KubeDB's catalogue writes them, such as `>= 8.0.17, < 10.0.0`.
///
/// KubeDB's webhook reads them by Masterminds' semver v3 (`constraints.go`). Conditions with a comma or a space between
/// them all hold, alternatives stand between `||`, `8.0.31 - 8.0.36` means both ends and what is between them, and numbers
/// that are missing, or `x` or `*`, are any. Versions before a release are in no catalogue, and not read.
struct KubeDBVersionRange {
    private let alternatives: [[Condition]]

    /// Nil when the text is no range.
    init?(_ text: String) {
        var alternatives: [[Condition]] = []
        for alternative in text.split(separator: "||", omittingEmptySubsequences: false) {
            guard let conditions = Self.conditions(alternative) else { return nil }
            alternatives.append(conditions)
        }
        self.alternatives = alternatives
    }

    /// Whether a version such as `8.0.36` or `16.13` is in it; a text that is no version is not.
    func contains(_ version: String) -> Bool {
        guard let bound = Bound(Substring(version)), bound.given > 0 else { return false }
        return alternatives.contains { $0.allSatisfy { $0.holds(for: bound.numbers) } }
    }

    private static func conditions(_ text: Substring) -> [Condition]? {
        var conditions: [Condition] = []
        var rest = text.drop(while: \.isWhitespace)
        var isExpected = true
        while isExpected || !rest.isEmpty {
            let sign = rest.prefix { "<>=!~^".contains($0) }
            rest = rest.dropFirst(sign.count).drop(while: \.isWhitespace)
            guard let bound = takeBound(&rest) else { return nil }
            if sign.isEmpty, rest.first == "-", rest.dropFirst().first?.isWhitespace == true {
                rest = rest.dropFirst().drop(while: \.isWhitespace)
                guard let end = takeBound(&rest) else { return nil }
                conditions += [Condition(.atLeast, bound), Condition(.atMost, end)]
            } else {
                guard let comparison = Comparison(sign) else { return nil }
                conditions.append(Condition(comparison, bound))
            }
            isExpected = rest.first == ","
            if isExpected { rest = rest.dropFirst().drop(while: \.isWhitespace) }
        }
        return conditions
    }

    private static func takeBound(_ rest: inout Substring) -> Bound? {
        let word = rest.prefix { !$0.isWhitespace && $0 != "," }
        rest = rest.dropFirst(word.count).drop(while: \.isWhitespace)
        return Bound(word)
    }
}

extension KubeDBVersionRange {
    /// Up to three numbers, of which the last ones may be any.
    private struct Bound {
        /// Three of them; those that are not given are 0.
        let numbers: [Int]
        let given: Int

        init?(_ text: Substring) {
            let parts = text.drop { $0 == "v" }.split(separator: ".", omittingEmptySubsequences: false)
            let known = parts.prefix { !["x", "X", "*"].contains($0) }
            let numbers = known.compactMap { $0.allSatisfy(\.isNumber) ? Int($0) : nil }
            guard (1...3).contains(parts.count), numbers.count == known.count,
                parts.dropFirst(known.count).allSatisfy({ ["x", "X", "*"].contains($0) })
            else { return nil }
            given = numbers.count
            self.numbers = numbers + Array(repeating: 0, count: 3 - given)
        }
    }

    private enum Comparison {
        case equal, other, above, below, atLeast, atMost, sameMinor, compatible

        init?(_ sign: Substring) {
            switch sign {
            case "", "=": self = .equal
            case "!=": self = .other
            case ">": self = .above
            case "<": self = .below
            case ">=", "=>": self = .atLeast
            case "<=", "=<": self = .atMost
            case "~", "~>": self = .sameMinor
            case "^": self = .compatible
            default: return nil
            }
        }
    }

    private struct Condition {
        private let comparison: Comparison
        private let bound: Bound

        init(_ comparison: Comparison, _ bound: Bound) {
            self.comparison = comparison
            self.bound = bound
        }

        /// - Parameter version: three numbers.
        func holds(for version: [Int]) -> Bool {
            let (numbers, given) = (bound.numbers, bound.given)
            func isSame(_ count: Int) -> Bool { version.prefix(count) == numbers.prefix(count) }
            func isAbove(_ count: Int) -> Bool {
                numbers.prefix(count).lexicographicallyPrecedes(version.prefix(count))
            }
            let isBelow = version.lexicographicallyPrecedes(numbers)
            return switch comparison {
            case .equal: isSame(given)
            case .other: !isSame(given)
            // 8.0.36 is not above 8.0, and is at most 8.0.
            case .above: isAbove(given)
            case .atMost: !isAbove(given)
            case .below: isBelow
            case .atLeast: !isBelow
            case .sameMinor: !isBelow && isSame(min(given, 2))
            // The first number that is not 0 must stay.
            case .compatible: !isBelow && isSame(numbers.prefix(given).firstIndex { $0 > 0 }.map { $0 + 1 } ?? given)
            }
        }
    }
}
