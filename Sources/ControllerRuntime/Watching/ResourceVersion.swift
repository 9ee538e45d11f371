/// How two resource versions stand to each other.
///
/// They are decimal numbers of any length and comparable within one resource since KEP-5504. Text that is no such number
/// has no order.
package enum ResourceVersion {
    /// Whether `version` is `other` or later, or nil when one of them is not a decimal number.
    package static func isAtLeast(_ version: String, _ other: String) -> Bool? {
        guard isNumber(version), isNumber(other) else { return nil }
        if version.utf8.count != other.utf8.count { return version.utf8.count > other.utf8.count }
        return version >= other
    }

    /// The later of two; where they cannot be compared, the second, as it arrived later.
    package static func later(_ first: String, _ second: String) -> String {
        isAtLeast(first, second) == true ? first : second
    }

    /// Decimal digits without a leading zero ("0" has its own meaning and is no version).
    private static func isNumber(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "0") else { return false }
        return text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
