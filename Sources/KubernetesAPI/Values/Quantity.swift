package import JSON

/// An amount as Kubernetes writes it: "500m" CPUs, "2Gi" bytes.
///
/// Exact: it counts billionths, what is finer is rounded away from zero and what is larger than 2^63-1 is capped, as
/// `resource.Quantity` of apimachinery does. Equality and order look at the amount alone: "1000m" equals "1" and "1Gi"
/// equals "1024Mi".
package struct Quantity: Sendable {
    /// How the text counts, which the canonical text keeps.
    package enum Format: Sendable, Hashable {
        /// Suffixes n, u, m, none, k, M, G, T, P, E.
        case decimal
        /// Suffixes Ki, Mi, Gi, Ti, Pi, Ei.
        case binary
        /// Exponents as in "5e3".
        case exponent
    }

    /// The amount in billionths.
    package let nano: Int128
    /// How its text counts.
    package let format: Format

    static let largest = Int128(Int64.max) * 1_000_000_000

    /// So many billionths, capped at 2^63-1 whole ones either way.
    package init(nano: Int128, format: Format = .decimal) {
        self.nano = max(-Self.largest, min(Self.largest, nano))
        self.format = format
    }

    /// A whole number, as of pods.
    package init(_ value: Int64) { self.init(nano: Int128(value) * 1_000_000_000) }

    /// So many thousandths, as of CPUs.
    package init(milli: Int64) { self.init(nano: Int128(milli) * 1_000_000) }

    /// So many bytes, written with binary suffixes.
    package init(bytes: Int64) { self.init(nano: Int128(bytes) * 1_000_000_000, format: .binary) }

    /// Reads a field that is a string or a bare number.
    package init(from element: JSONElement) throws(JSONError) {
        let text = element.string ?? element.integer.map { String($0) } ?? element.double.map { String($0) }
        guard let text, let quantity = Quantity(text) else { throw element.mismatch("a quantity as 500m, 2 or 4Gi") }
        self = quantity
    }

    /// As a string.
    package var json: JSONValue { .string(description) }

    /// The whole number, fractions rounded away from zero; for memory and storage the bytes.
    package var value: Int64 { rounded(1_000_000_000) }

    /// The same as ``value``, for memory and storage.
    package var bytes: Int64 { value }

    /// Thousandths, finer ones rounded away from zero and capped at 64 bits; for CPUs.
    package var milli: Int64 { rounded(1_000_000) }

    /// Whether the amount is nothing.
    package var isZero: Bool { nano == 0 }

    private func rounded(_ unit: Int128) -> Int64 {
        let (quotient, remainder) = nano.quotientAndRemainder(dividingBy: unit)
        return Int64(clamping: quotient + remainder.signum())
    }
}

extension Quantity: Hashable, Comparable {
    /// Whether the amounts are the same, however they are written.
    package static func == (left: Quantity, right: Quantity) -> Bool { left.nano == right.nano }

    /// Whether the first amount is smaller.
    package static func < (left: Quantity, right: Quantity) -> Bool { left.nano < right.nano }

    /// Hashes the amount alone, as equality demands.
    package func hash(into hasher: inout Hasher) { hasher.combine(nano) }
}

extension Quantity {
    /// The sum, written as the first is; a zero takes the other's way of writing.
    package static func + (left: Quantity, right: Quantity) -> Quantity {
        Quantity(nano: left.nano + right.nano, format: left.isZero ? right.format : left.format)
    }

    /// The difference, written as the first is.
    package static func - (left: Quantity, right: Quantity) -> Quantity {
        Quantity(nano: left.nano - right.nano, format: left.isZero ? right.format : left.format)
    }

    /// So many times the amount.
    package static func * (quantity: Quantity, factor: Int) -> Quantity {
        let (product, overflow) = quantity.nano.multipliedReportingOverflow(by: Int128(factor))
        let sign: Int128 = (quantity.nano < 0) == (factor < 0) ? 1 : -1
        return Quantity(nano: overflow ? sign * largest : product, format: quantity.format)
    }
}
