import JSON

/// The formats of strings that the API server checks.
enum ValueFormat {
    private static let checkedForStrings: Set<String> = [
        "byte", "cidr", "date", "date-time", "datetime", "duration", "email", "hostname", "ipv4", "ipv6", "mac",
        "password", "uri", "uuid", "uuid3", "uuid4", "uuid5",
    ]
    private static let numbers: Set<String> = ["int32", "int64", "uint32", "uint64", "float", "double"]

    /// Whether a format says anything; the API server drops the others when a definition is installed.
    static func isKnown(_ format: String) -> Bool { checkedForStrings.contains(format) || numbers.contains(format) }

    /// Whether a format is about strings.
    static func isAboutStrings(_ format: String) -> Bool { checkedForStrings.contains(format) }

    /// Whether a string has the format.
    static func accepts(_ text: String, as format: String) -> Bool {
        switch format {
        case "date-time", "datetime": isDateTime(text)
        case "date": isDate(Substring(text))
        case "duration": isDuration(text)
        case "byte": isBase64(text)
        case "ipv4": isIPv4(Substring(text))
        case "ipv6": text.contains(":") && isIPv6(Substring(text))
        case "cidr": isCIDR(text)
        case "mac": isMAC(text)
        case "uuid", "uuid3", "uuid4", "uuid5": isUUID(text)
        case "hostname": text.utf8.count <= 255 && NameRules.isSubdomain(text.lowercased())
        case "email": isEmail(text)
        case "uri": isURI(text)
        default: true
        }
    }

    private static func isDateTime(_ text: String) -> Bool {
        let parts = text.uppercased().split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2, isDate(parts[0]) else { return false }
        var time = parts[1]
        if time.hasSuffix("Z") {
            time.removeLast()
        } else {
            guard let sign = time.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return false }
            let offset = time[sign...].dropFirst().split(separator: ":", omittingEmptySubsequences: false)
            guard offset.count == 2, offset.allSatisfy({ number($0, digits: 2) != nil }) else { return false }
            time = time[..<sign]
        }
        let fraction = time.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        if fraction.count == 2, fraction[1].isEmpty || !fraction[1].utf8.allSatisfy(isDigit) { return false }
        let clock = fraction[0].split(separator: ":", omittingEmptySubsequences: false).map { number($0, digits: 2) }
        guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2] else { return false }
        return hour < 24 && minute < 60 && second < 60
    }

    private static func isDate(_ text: Substring) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = number(parts[0], digits: 4), let month = number(parts[1], digits: 2),
            let day = number(parts[2], digits: 2), (1...12).contains(month)
        else { return false }
        let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...days[month - 1]).contains(day)
    }

    /// Go's durations, such as `1h30m`, and spelled ones, such as `3 days`.
    private static func isDuration(_ text: String) -> Bool {
        let units: Set<String> = [
            "ns", "us", "µs", "ms", "s", "m", "h", "d", "w", "nanosecond", "microsecond", "millisecond", "second",
            "sec",
            "minute", "min", "hour", "hr", "day", "week", "wk",
        ]
        var rest = Substring(text)
        if rest == "0" { return true }
        if let sign = rest.first, sign == "-" || sign == "+" { rest.removeFirst() }
        guard !rest.isEmpty else { return false }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard digits.contains(where: \.isNumber) else { return false }
            rest = rest.dropFirst(digits.count).drop { $0 == " " }
            let unit = rest.prefix { $0.isLetter }
            let singular = unit.count > 2 && unit.hasSuffix("s") ? unit.dropLast() : unit
            guard units.contains(String(unit)) || units.contains(singular.lowercased()) else { return false }
            rest = rest.dropFirst(unit.count).drop { $0 == " " }
        }
        return true
    }

    private static func isBase64(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let padding = bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard bytes.count % 4 == 0, padding <= 2 else { return false }
        return bytes.dropLast(padding).allSatisfy {
            isAlphanumeric($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/")
        }
    }

    private static func isIPv4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (part.count == 1 || part.first != "0") && part.count <= 3 && part.utf8.allSatisfy(isDigit)
                    && (Int(part) ?? 256) < 256
            }
    }

    private static func isIPv6(_ text: Substring) -> Bool {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return false }
        var groups = 0
        for half in halves where !half.isEmpty {
            let parts = half.split(separator: ":", omittingEmptySubsequences: false)
            for (index, part) in parts.enumerated() {
                if part.contains("."), index == parts.count - 1, isIPv4(part) {
                    groups += 2
                } else if (1...4).contains(part.utf8.count), part.utf8.allSatisfy(isHexadecimal) {
                    groups += 1
                } else {
                    return false
                }
            }
        }
        return halves.count == 2 ? groups < 8 : groups == 8
    }

    private static func isCIDR(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.allSatisfy(isDigit), let length = Int(parts[1]) else { return false }
        return (isIPv4(parts[0]) && length <= 32) || (parts[0].contains(":") && isIPv6(parts[0]) && length <= 128)
    }

    private static func isMAC(_ text: String) -> Bool {
        let parts = text.split(whereSeparator: { $0 == ":" || $0 == "-" })
        return [6, 8].contains(parts.count) && parts.allSatisfy { $0.count == 2 && $0.utf8.allSatisfy(isHexadecimal) }
    }

    private static func isUUID(_ text: String) -> Bool {
        let lengths = text.split(separator: "-", omittingEmptySubsequences: false).map(\.utf8.count)
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
        return (lengths == [8, 4, 4, 4, 12] || lengths == [32]) && digits.allSatisfy(isHexadecimal)
    }

    private static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && !$0.contains(where: \.isWhitespace) }
    }

    private static func isURI(_ text: String) -> Bool {
        guard !text.isEmpty, !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { return false }
        if text.hasPrefix("/") { return true }
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else { return false }
        return text[..<colon].utf8.allSatisfy { isAlphanumeric($0) || [0x2B, 0x2D, 0x2E].contains($0) }
    }

    private static func number(_ text: Substring, digits: Int) -> Int? {
        text.utf8.count == digits && text.utf8.allSatisfy(isDigit) ? Int(text) : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isHexadecimal(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte | 0x20) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) }
}
