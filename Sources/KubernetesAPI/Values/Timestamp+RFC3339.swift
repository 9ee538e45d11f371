extension Timestamp: CustomStringConvertible {
    /// "2026-11-01T12:00:00Z": UTC, the fraction of the second dropped.
    package var description: String { text(withFraction: false) }

    /// "2026-11-01T12:00:00.000000Z": UTC with six digits of the second.
    package var withMicroseconds: String { text(withFraction: true) }

    /// Reads RFC 3339: any offset, any number of digits of the second, of which six are kept.
    ///
    /// Nil for anything else, also for days that do not exist, for leap seconds, as Go's `time` has none, and for times
    /// that are outside of the years 0 to 9999 in UTC, which RFC 3339 could not write again.
    package init?(_ text: String) {
        var scanner = Scanner(rest: text.utf8[...])
        guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"),
            let day = scanner.number(2), scanner.skip("T"),
            let hour = scanner.number(2), scanner.skip(":"), let minute = scanner.number(2), scanner.skip(":"),
            let second = scanner.number(2), let fraction = scanner.fraction(), let offset = scanner.offset(),
            scanner.rest.isEmpty, (1...12).contains(month), hour < 24, minute < 60, second < 60, day >= 1,
            day <= CivilDay.length(ofMonth: month, year: year)
        else { return nil }
        let days = CivilDay(year: year, month: month, day: day).daysSince1970
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        guard Self.writableSeconds.contains(seconds) else { return nil }
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }

    /// From the first second of the year 0 to the last one of 9999.
    private static let writableSeconds: Range<Int64> = -62_167_219_200..<253_402_300_800

    private func text(withFraction: Bool) -> String {
        let (seconds, fraction) = floorDivision(microseconds, 1_000_000)
        let (days, second) = floorDivision(seconds, 86_400)
        let day = CivilDay(daysSince1970: days)
        var text = padded(day.year, 4) + "-" + padded(day.month, 2) + "-" + padded(day.day, 2) + "T"
        text += padded(second / 3600, 2) + ":" + padded(second / 60 % 60, 2) + ":" + padded(second % 60, 2)
        if withFraction { text += "." + padded(fraction, 6) }
        return text + "Z"
    }

    private func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

/// A day of the Gregorian calendar, counted in eras of 400 years that begin on a first of March.
private struct CivilDay {
    let year: Int64
    let month: Int64
    let day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    // Days from the first of March of the year 0 to the first of January 1970.
    private static let epoch: Int64 = 719_468
    private static let daysOfEra: Int64 = 146_097

    init(daysSince1970: Int64) {
        let (era, dayOfEra) = floorDivision(daysSince1970 + Self.epoch, Self.daysOfEra)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int64 {
        let (era, yearOfEra) = floorDivision(month <= 2 ? year - 1 : year, 400)
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return era * Self.daysOfEra + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - Self.epoch
    }

    static func length(ofMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

private struct Scanner {
    var rest: Substring.UTF8View

    mutating func number(_ width: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<width {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    mutating func digit() -> Int64? {
        guard let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        rest.removeFirst()
        return Int64(byte - UInt8(ascii: "0"))
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest.removeFirst()
        return true
    }

    /// Microseconds; 0 when there is no fraction, nil when there is a point without digits.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        var value: Int64 = 0
        var count = 0
        while let digit = digit() {
            if count < 6 { value = value * 10 + digit }
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 6)..<6 { value *= 10 }
        return value
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int64? {
        if skip("Z") { return 0 }
        let isEast = rest.first == UInt8(ascii: "+")
        guard isEast ? skip("+") : skip("-") else { return nil }
        guard let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
        return (hours * 3600 + minutes * 60) * (isEast ? 1 : -1)
    }
}
