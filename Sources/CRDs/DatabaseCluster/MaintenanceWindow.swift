/// When a database may be disturbed for maintenance: some hours on some days of the week.
///
/// Written like `Sun 02:00-04:00`, `Mon-Fri 22:00-02:00`, `Sat,Sun 00:00-24:00`, or `03:00-04:00` for every day. A
/// window that ends at or before the time it begins at ends on the next day.
package struct MaintenanceWindow: Sendable, Hashable {
    /// A day of the week, counted from Sunday = 0.
    package enum Day: Int, Sendable, Hashable, CaseIterable {
        case sunday
        case monday
        case tuesday
        case wednesday
        case thursday
        case friday
        case saturday

        /// The name as windows have it.
        package var name: String { Self.names[rawValue] }

        static let names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

        init?(_ name: Substring) {
            guard let number = Self.names.firstIndex(where: { $0 == name }) else { return nil }
            self.init(rawValue: number)
        }
    }

    /// The days on which it begins.
    package let days: Set<Day>
    /// When it begins, in minutes of the day, 0…1439.
    package let start: Int
    /// How long it is, in minutes, 1…1440.
    package let minutes: Int

    private static let minutesOfDay = 24 * 60
    private static let minutesOfWeek = 7 * minutesOfDay

    /// Nil when the text is no window.
    package init?(_ text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let hours = parts.last,
            let days = parts.count == 1 ? Set(Day.allCases) : Self.days(parts[0])
        else { return nil }
        let times = hours.split(separator: "-", omittingEmptySubsequences: false)
        guard times.count == 2, let start = Self.minute(times[0]), let end = Self.minute(times[1]),
            start < Self.minutesOfDay
        else { return nil }
        self.days = days
        self.start = start
        minutes = end > start ? end - start : end + Self.minutesOfDay - start
    }

    private static func days(_ text: Substring) -> Set<Day>? {
        var days: Set<Day> = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = item.split(separator: "-", omittingEmptySubsequences: false)
            guard (1...2).contains(ends.count), let first = ends.first.flatMap({ Day($0) }),
                let last = ends.last.flatMap({ Day($0) })
            else { return nil }
            // Fri-Mon goes over the end of the week.
            let length = (last.rawValue - first.rawValue + 7) % 7
            for offset in 0...length { days.formUnion(Day(rawValue: (first.rawValue + offset) % 7).map { [$0] } ?? []) }
        }
        return days
    }

    /// `02:00`, up to `24:00`.
    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy(Self.isTwoDigits),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour < 24 || hour == 24 && minute == 0
        else { return nil }
        return hour * 60 + minute
    }

    private static func isTwoDigits(_ text: Substring) -> Bool {
        text.utf8.count == 2 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

extension MaintenanceWindow {
    /// Whether it is open at that minute of the day, 0…1439, on that day.
    package func isOpen(on day: Day, minute: Int) -> Bool { distances(from: day, minute).contains { $0 < minutes } }

    /// How many minutes there are until it opens again; 0 while it is open.
    package func minutesUntilOpen(from day: Day, minute: Int) -> Int {
        guard !isOpen(on: day, minute: minute) else { return 0 }
        return distances(from: day, minute).map { Self.minutesOfWeek - $0 }.min() ?? Self.minutesOfWeek
    }

    /// For each of its days, how many minutes ago in the week it began.
    private func distances(from day: Day, _ minute: Int) -> [Int] {
        let now = day.rawValue * Self.minutesOfDay + minute
        return days.map { began in
            let beginning = began.rawValue * Self.minutesOfDay + start
            return (now - beginning + Self.minutesOfWeek) % Self.minutesOfWeek
        }
    }
}
