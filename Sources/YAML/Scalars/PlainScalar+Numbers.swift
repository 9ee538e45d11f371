import JSON

extension PlainScalar {
    /// The number a text means, or nil.
    ///
    /// Whole numbers become integers however they are written: go-yaml's 3.0 is written into JSON as 3.
    static func number(_ text: String) -> JSONValue? {
        // go-yaml looks at texts that begin with a point before it drops the underscores.
        let hasPointFirst = text.utf8.first == UInt8(ascii: ".")
        let digits = hasPointFirst ? text : text.replacing("_", with: "")
        if let value = integer(digits[...]) { return value }
        guard isFloat(digits), let value = Double(digits), value.isFinite else { return nil }
        if let whole = Int64(exactly: value) { return .integer(whole) }
        return .double(value)
    }

    /// Go's `strconv.ParseInt` and `ParseUint` with base 0; above 64 bits with sign it becomes a double.
    private static func integer(_ text: Substring) -> JSONValue? {
        let isNegative = text.hasPrefix("-")
        let isSigned = isNegative || text.hasPrefix("+")
        let unsigned = isSigned ? text.dropFirst() : text
        guard let (digits, radix) = digitsAndRadix(unsigned), let magnitude = magnitude(digits, radix: radix) else {
            return nil
        }
        if isNegative {
            if magnitude == Int64.min.magnitude { return .integer(.min) }
            return Int64(exactly: magnitude).map { .integer(-$0) }
        }
        if let value = Int64(exactly: magnitude) { return .integer(value) }
        return isSigned ? nil : .double(Double(magnitude))
    }

    private static func digitsAndRadix(_ text: Substring) -> (Substring, UInt64)? {
        guard text.hasPrefix("0"), text.utf8.count > 1 else { return (text, 10) }
        switch text.dropFirst().first {
        case "x", "X": return (text.dropFirst(2), 16)
        case "b", "B": return (text.dropFirst(2), 2)
        case "o", "O": return (text.dropFirst(2), 8)
        default: return (text.dropFirst(), 8)
        }
    }

    private static func magnitude(_ digits: Substring, radix: UInt64) -> UInt64? {
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in digits.utf8 {
            guard let digit = digit(byte), digit < radix else { return nil }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: radix)
            let (sum, carries) = product.addingReportingOverflow(digit)
            guard !isTooLarge, !carries else { return nil }
            value = sum
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    /// A sign, digits with at most one point and an exponent: go-yaml's `yamlStyleFloat`.
    private static func isFloat(_ text: String) -> Bool {
        var rest = text.utf8[...]
        func skipDigits() -> Int {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            rest = rest[digits.endIndex...]
            return digits.count
        }
        func skip(_ characters: String) -> Bool {
            guard let first = rest.first, characters.utf8.contains(first) else { return false }
            rest.removeFirst()
            return true
        }
        _ = skip("+-")
        let whole = skipDigits()
        let fraction = skip(".") ? skipDigits() : 0
        guard whole + fraction > 0 else { return false }
        if skip("eE") {
            _ = skip("+-")
            guard skipDigits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}
