/// A time zone as POSIX writes it in `TZ`, such as `CET-1CEST,M3.5.0,M10.5.0/3`: the footer of a time zone file.
///
/// Rules by day of the month alone are read, as all zones of today have them; a zone with others is read as not changing
/// its clocks.
struct PosixTimeZone: Equatable {
    /// A moment of each year, in local time before the change.
    struct Rule: Equatable {
        let month: Int
        /// 1…4, or 5 for the last one.
        let week: Int
        /// From Sunday = 0.
        let day: Int
        /// Since midnight, also negative or over a day.
        let seconds: Int
    }

    /// Seconds ahead of UTC.
    let standard: Int
    let summer: (offset: Int, from: Rule, to: Rule)?

    static func == (left: PosixTimeZone, right: PosixTimeZone) -> Bool {
        left.standard == right.standard && left.summer?.offset == right.summer?.offset
            && left.summer?.from == right.summer?.from && left.summer?.to == right.summer?.to
    }

    /// Nil when the text is no zone.
    init?(_ text: String) {
        let parts = text.split(separator: ",")
        guard var rest = parts.first, Self.name(&rest) else { return nil }
        guard let standard = Self.time(&rest) else { return nil }
        // POSIX counts west of Greenwich.
        self.standard = -standard
        guard parts.count == 3, Self.name(&rest), let from = Self.rule(parts[1]), let to = Self.rule(parts[2]) else {
            summer = nil
            return
        }
        summer = (rest.isEmpty ? 3600 - standard : -(Self.time(&rest) ?? standard - 3600), from, to)
    }

    /// Letters, or anything in angle brackets.
    private static func name(_ text: inout Substring) -> Bool {
        if text.first == "<", let end = text.firstIndex(of: ">") {
            text = text[text.index(after: end)...]
            return true
        }
        let name = text.prefix { $0.isLetter }
        text = text.dropFirst(name.count)
        return !name.isEmpty
    }

    /// `-1`, `5:30`, `+02:00:00`, in seconds.
    private static func time(_ text: inout Substring) -> Int? {
        let isNegative = text.first == "-"
        if isNegative || text.first == "+" { text = text.dropFirst() }
        let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == ":" }
        text = text.dropFirst(digits.count)
        let numbers = digits.split(separator: ":").compactMap { Int($0) }
        guard (1...3).contains(numbers.count), numbers.allSatisfy({ $0 <= 200 }) else { return nil }
        let seconds = zip(numbers, [3600, 60, 1]).map(*).reduce(0, +)
        return isNegative ? -seconds : seconds
    }

    /// `M3.5.0/2`.
    private static func rule(_ text: Substring) -> Rule? {
        let parts = text.split(separator: "/")
        guard let date = parts.first, date.first == "M" else { return nil }
        let numbers = date.dropFirst().split(separator: ".").compactMap { Int($0) }
        guard numbers.count == 3, (1...12).contains(numbers[0]), (1...5).contains(numbers[1]),
            (0...6).contains(numbers[2])
        else { return nil }
        var time = parts.count > 1 ? parts[1] : "2"
        return Self.time(&time).map { Rule(month: numbers[0], week: numbers[1], day: numbers[2], seconds: $0) }
    }
}

extension PosixTimeZone {
    /// Seconds ahead of UTC at a moment in seconds since 1970.
    func offset(at moment: Int64) -> Int {
        guard let summer else { return standard }
        let year = CivilDate(daysSince1970: CivilDate.days(moment + Int64(standard))).year
        let begin = summer.from.moment(in: year) - Int64(standard)
        let end = summer.to.moment(in: year) - Int64(summer.offset)
        // South of the equator summer goes over the end of the year.
        let isSummer = begin < end ? (begin..<end).contains(moment) : !(end..<begin).contains(moment)
        return isSummer ? summer.offset : standard
    }
}

extension PosixTimeZone.Rule {
    /// In seconds since 1970, as if the clock showed UTC.
    fileprivate func moment(in year: Int) -> Int64 {
        let first = CivilDate.daysSince1970(year: year, month: month, day: 1)
        let offset = (day - CivilDate.weekday(first) + 7) % 7
        var date = first + offset + (min(week, 4) - 1) * 7
        let next = month == 12 ? (year + 1, 1) : (year, month + 1)
        let end = CivilDate.daysSince1970(year: next.0, month: next.1, day: 1)
        while week == 5, date + 7 < end { date += 7 }
        return Int64(date) * 86_400 + Int64(seconds)
    }
}

/// A date of the Gregorian calendar, and its count in days since the beginning of 1970.
struct CivilDate: Equatable {
    let year: Int
    let month: Int
    let day: Int

    /// Whole days of a count of seconds, rounded down.
    static func days(_ seconds: Int64) -> Int { Int(seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400) }

    /// From Sunday = 0; the first of January 1970 was a Thursday.
    static func weekday(_ days: Int) -> Int { ((days + 4) % 7 + 7) % 7 }

    /// Counts years from March, so that the leap day is the last one.
    static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    init(daysSince1970 days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * part + 2) / 5 + 1
        month = part < 10 ? part + 3 : part - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}
