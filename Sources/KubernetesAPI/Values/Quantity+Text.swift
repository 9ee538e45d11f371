extension Quantity: CustomStringConvertible {
    /// Reads an amount: a sign, digits with at most one point, and a suffix or an exponent; nil for anything else.
    package init?(_ text: String) {
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        let whole = rest.prefix(while: Self.isDigit)
        rest = rest[whole.endIndex...]
        var fraction = rest.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = rest.prefix(while: Self.isDigit)
            rest = rest[fraction.endIndex...]
        }
        guard !whole.isEmpty || !fraction.isEmpty, let suffix = Suffix(String(Substring(rest))) else { return nil }
        let digits = Digits(whole: whole, fraction: fraction)
        let magnitude =
            suffix.format == .binary
            ? digits.nano(timesPowerOf2: suffix.power)
            : digits.nano(timesPowerOf10: suffix.power)
        self.init(nano: isNegative ? -magnitude : magnitude, format: suffix.format)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// The canonical text: a whole number with the largest suffix that leaves it one.
    ///
    /// Binary amounts below 1024 are written decimally; a binary amount that is no whole number of bytes is rounded
    /// away from zero in its text.
    package var description: String {
        let isSmall = nano > -1024 * 1_000_000_000 && nano < 1024 * 1_000_000_000
        if format == .binary && !isSmall { return binaryText }
        guard nano != 0 else { return "0" }
        var mantissa = nano
        var exponent = -9
        while exponent < 18, mantissa % 1000 == 0 {
            mantissa /= 1000
            exponent += 3
        }
        if format == .exponent { return exponent == 0 ? "\(mantissa)" : "\(mantissa)e\(exponent)" }
        let suffix = Suffix.decimal.first { $0.value == exponent }?.key ?? ""
        return "\(mantissa)\(suffix)"
    }

    private var binaryText: String {
        var mantissa = value
        var power = 0
        while power < 60, mantissa % 1024 == 0 {
            mantissa /= 1024
            power += 10
        }
        let suffix = Suffix.binary.first { $0.value == power }?.key ?? ""
        return "\(mantissa)\(suffix)"
    }
}

/// What the end of a quantity multiplies it by.
private struct Suffix {
    let format: Quantity.Format
    let power: Int

    static let decimal: [String: Int] = [
        "n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18,
    ]
    static let binary: [String: Int] = ["Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60]

    init?(_ text: String) {
        if let power = Self.decimal[text] {
            (format, self.power) = (.decimal, power)
        } else if let power = Self.binary[text] {
            (format, self.power) = (.binary, power)
        } else if text.hasPrefix("e") || text.hasPrefix("E"), let power = Int32(text.dropFirst()) {
            (format, self.power) = (.exponent, Int(power))
        } else {
            return nil
        }
    }
}

/// The digits of a number without leading zeros, and how many of them stand before the point.
private struct Digits {
    private var digits: [UInt8]
    private var point: Int

    init(whole: Substring.UTF8View, fraction: Substring.UTF8View) {
        let all = (Array(whole) + Array(fraction)).map { $0 - UInt8(ascii: "0") }
        digits = Array(all.drop { $0 == 0 })
        point = whole.count - (all.count - digits.count)
    }

    /// Billionths of the number with its point moved, rounded up and capped.
    func nano(timesPowerOf10 power: Int) -> Int128 {
        guard !digits.isEmpty else { return 0 }
        let end = point + power + 9
        var value: Int128 = 0
        for position in 0..<max(0, end) {
            value = value * 10 + Int128(position < digits.count ? digits[position] : 0)
            if value > Quantity.largest { return Quantity.largest }
        }
        let isExact = digits.dropFirst(max(0, end)).allSatisfy { $0 == 0 }
        return isExact ? value : value + 1
    }

    /// The same times a power of two, up to 2^60.
    func nano(timesPowerOf2 power: Int) -> Int128 {
        // In units of 10^-30 a binary suffix's fraction of at most 30 digits is exact; finer digits only round up.
        let fractionDigits = 30
        let whole = nano(ofDigits: 0..<max(0, point), upTo: Int128(Int64.max))
        let scale = UInt128(1_000_000_000) << UInt128(power)
        let (wholeNano, overflow) = UInt128(whole).multipliedReportingOverflow(by: scale)
        guard !overflow, wholeNano < UInt128(Quantity.largest) else { return Quantity.largest }
        let fraction = nano(ofDigits: point..<point + fractionDigits, upTo: .max)
        let isFiner = !digits.dropFirst(max(0, point + fractionDigits)).allSatisfy { $0 == 0 }
        let unit = (0..<fractionDigits).reduce(UInt128(1)) { unit, _ in unit * 10 }
        let product = UInt128(fraction).multipliedFullWidth(by: scale)
        let (quotient, remainder) = unit.dividingFullWidth(product)
        return Int128(wholeNano + quotient) + (remainder > 0 || isFiner ? 1 : 0)
    }

    private func nano(ofDigits positions: Range<Int>, upTo limit: Int128) -> Int128 {
        var value: Int128 = 0
        for position in positions {
            value = value * 10 + Int128(digits.indices.contains(position) ? digits[position] : 0)
            if value > limit { return limit }
        }
        return value
    }
}
