/// A five-field cron expression: minute, hour, day of month, month, day of week.
struct CronSchedule: Equatable {
    private let minutes: Set<Int>
    private let hours: Set<Int>
    private let days: Set<Int>
    private let months: Set<Int>
    private let weekdays: Set<Int>
    private let isEveryDayOfMonth: Bool
    private let isEveryWeekday: Bool

    /// Nil when it is not such an expression, or one of its values is out of range.
    init?(_ text: String) {
        let fields = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        guard fields.count == 5,
            let minutes = Self.values(of: fields[0], in: 0...59),
            let hours = Self.values(of: fields[1], in: 0...23),
            let days = Self.values(of: fields[2], in: 1...31),
            let months = Self.values(of: fields[3], in: 1...12, names: Self.monthNames),
            let weekdays = Self.values(of: fields[4], in: 0...7, names: Self.weekdayNames)
        else { return nil }
        self.minutes = minutes
        self.hours = hours
        self.days = days
        self.months = months
        self.weekdays = Set(weekdays.map { $0 % 7 })
        isEveryDayOfMonth = fields[2].first == "*" || fields[2] == "?"
        isEveryWeekday = fields[4].first == "*" || fields[4] == "?"
    }

    /// The mean time between two firings, in seconds, over a year of 365 days; nil when it never fires.
    var meanInterval: Int? {
        var firingDays = 0
        var weekday = 0
        for (index, length) in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
            for day in 1...length {
                if months.contains(index + 1), firesOn(day: day, weekday: weekday) { firingDays += 1 }
                weekday = (weekday + 1) % 7
            }
        }
        let firings = firingDays * minutes.count * hours.count
        return firings == 0 ? nil : 365 * 86_400 / firings
    }

    /// As cron has it: with both day fields restricted, one of them is enough.
    private func firesOn(day: Int, weekday: Int) -> Bool {
        switch (isEveryDayOfMonth, isEveryWeekday) {
        case (true, _), (_, true): days.contains(day) && weekdays.contains(weekday)
        case (false, false): days.contains(day) || weekdays.contains(weekday)
        }
    }

    private static let monthNames = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    private static func values(of field: String, in range: ClosedRange<Int>, names: [String] = []) -> Set<Int>? {
        var values: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            guard let some = valuesOfPart(part, in: range, names: names) else { return nil }
            values.formUnion(some)
        }
        return values
    }

    /// One of `*`, `5`, `1-5`, each with an optional `/2`.
    private static func valuesOfPart(_ part: Substring, in range: ClosedRange<Int>, names: [String]) -> Set<Int>? {
        let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = pieces.first, pieces.count <= 2 else { return nil }
        var step = 1
        if pieces.count == 2 {
            guard let given = Int(pieces[1]), given > 0 else { return nil }
            step = given
        }
        let number = { (text: Substring) -> Int? in
            if let value = Int(text) { return range.contains(value) ? value : nil }
            return names.firstIndex(of: text.lowercased()).map { $0 + range.lowerBound }
        }
        if first == "*" || first == "?" {
            return Set(stride(from: range.lowerBound, through: range.upperBound, by: step))
        }
        let ends = first.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2, let low = number(ends[0]) else { return nil }
        if ends.count == 1 {
            return pieces.count == 1 ? [low] : Set(stride(from: low, through: range.upperBound, by: step))
        }
        guard let high = number(ends[1]), low <= high else { return nil }
        return Set(stride(from: low, through: high, by: step))
    }
}
