import KubernetesAPI

/// A schedule as CloudNativePG's library reads it: seconds first, and the day of the week may be left out.
///
/// So the five fields of an ordinary crontab are taken, and mean something else.
struct CronSchedule: Equatable, Sendable {
    private var seconds: Set<Int>
    private var minutes: Set<Int>
    private var hours: Set<Int>
    private var days: Set<Int>
    private var months: Set<Int>
    private var weekdays: Set<Int>
    private var hasAnyDay: Bool
    private var hasAnyWeekday: Bool

    private static let monthNames = [
        "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11,
        "dec": 12,
    ]
    private static let weekdayNames = ["sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6]
    private static let descriptors = [
        "@yearly": "0 0 0 1 1 *", "@annually": "0 0 0 1 1 *", "@monthly": "0 0 0 1 * *", "@weekly": "0 0 0 * * 0",
        "@daily": "0 0 0 * * *", "@midnight": "0 0 0 * * *", "@hourly": "0 0 * * * *",
    ]

    /// Nil when it has not five or six fields, or one of them does not parse.
    init?(_ text: String) {
        var fields = (Self.descriptors[text] ?? text).split(separator: " ").map { $0.lowercased() }
        if fields.count == 5 { fields.append("*") }
        guard fields.count == 6, let seconds = Self.parse(fields[0], 0...59),
            let minutes = Self.parse(fields[1], 0...59),
            let hours = Self.parse(fields[2], 0...23), let days = Self.parse(fields[3], 1...31),
            let months = Self.parse(fields[4], 1...12, Self.monthNames),
            let weekdays = Self.parse(fields[5], 0...7, Self.weekdayNames)
        else { return nil }
        self.seconds = seconds
        self.minutes = minutes
        self.hours = hours
        self.days = days
        self.months = months
        self.weekdays = Set(weekdays.map { $0 % 7 })
        hasAnyDay = fields[3].hasPrefix("*") || fields[3] == "?"
        hasAnyWeekday = fields[5].hasPrefix("*") || fields[5] == "?"
    }

    /// The first time after that one, in UTC; nil when there is none in the next five years.
    func next(after time: Timestamp) -> Timestamp? {
        let first = time.seconds + 1
        let today = Self.day(of: first)
        for day in today...(today + 5 * 366) where includes(day: day) {
            let start = day * 86_400
            for hour in hours.sorted() {
                for minute in minutes.sorted() {
                    let base = start + Int64(hour) * 3600 + Int64(minute) * 60
                    guard base + 59 >= first else { continue }
                    for second in seconds.sorted() where base + Int64(second) >= first {
                        return Timestamp(seconds: base + Int64(second))
                    }
                }
            }
        }
        return nil
    }

    private func includes(day: Int64) -> Bool {
        let (month, dayOfMonth) = Self.civil(day)
        guard months.contains(month) else { return false }
        let weekday = Int(((day + 4) % 7 + 7) % 7)
        let isDay = days.contains(dayOfMonth)
        let isWeekday = weekdays.contains(weekday)
        return hasAnyDay || hasAnyWeekday ? isDay && isWeekday : isDay || isWeekday
    }

    private static func day(of seconds: Int64) -> Int64 {
        seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    }

    /// Month and day of a day counted from 1970, in the Gregorian calendar.
    private static func civil(_ day: Int64) -> (month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let shiftedMonth = (5 * ofYear + 2) / 153
        return (
            Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9), Int(ofYear - (153 * shiftedMonth + 2) / 5 + 1)
        )
    }

    private static func parse(_ field: String, _ range: ClosedRange<Int>, _ names: [String: Int] = [:]) -> Set<Int>? {
        var values: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard (1...2).contains(pieces.count) else { return nil }
            let step = pieces.count == 2 ? Int(pieces[1]) : 1
            guard let step, step > 0, let span = span(pieces[0], range, names, isOpen: pieces.count == 2) else {
                return nil
            }
            values.formUnion(stride(from: span.lowerBound, through: span.upperBound, by: step))
        }
        return values
    }

    private static func span(
        _ text: Substring,
        _ range: ClosedRange<Int>,
        _ names: [String: Int],
        isOpen: Bool
    )
        -> ClosedRange<Int>?
    {
        if text == "*" || text == "?" { return range }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { names[String($0)] ?? Int($0) }
        guard let low = ends.first.flatMap(\.self), range.contains(low) else { return nil }
        if ends.count == 1 { return low...(isOpen ? range.upperBound : low) }
        guard ends.count == 2, let high = ends[1], high >= low, range.contains(high) else { return nil }
        return low...high
    }
}
