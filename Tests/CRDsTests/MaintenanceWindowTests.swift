import CRDs
import JSON
import Testing

@Suite("Maintenance windows")
struct MaintenanceWindowTests {
    private func window(_ text: String) throws -> MaintenanceWindow { try #require(MaintenanceWindow(text)) }

    @Test("A window is open from its beginning until just before its end, on its days")
    func plain() throws {
        let window = try window("Sun 02:00-04:00")
        #expect(window.isOpen(on: .sunday, minute: 120))
        #expect(window.isOpen(on: .sunday, minute: 239))
        #expect(!window.isOpen(on: .sunday, minute: 240))
        #expect(!window.isOpen(on: .sunday, minute: 119))
        #expect(!window.isOpen(on: .monday, minute: 120))
    }

    @Test("A window over midnight belongs to the day on which it begins, also from Saturday to Sunday")
    func overMidnight() throws {
        let nights = try window("Mon-Fri 22:00-02:00")
        #expect(nights.isOpen(on: .saturday, minute: 60))
        #expect(!nights.isOpen(on: .monday, minute: 60))
        #expect(!nights.isOpen(on: .tuesday, minute: 2 * 60))
        #expect(nights.isOpen(on: .monday, minute: 22 * 60))
        #expect(!nights.isOpen(on: .saturday, minute: 22 * 60))
        let weekend = try window("Sat 23:00-01:00")
        #expect(weekend.isOpen(on: .sunday, minute: 30))
        #expect(!weekend.isOpen(on: .saturday, minute: 30))
    }

    @Test("Days are lists and ranges, also over the end of the week; without days it is every day")
    func days() throws {
        #expect(try window("Sat,Sun 00:00-24:00").days == [.saturday, .sunday])
        #expect(try window("Fri-Mon 01:00-02:00").days == [.friday, .saturday, .sunday, .monday])
        #expect(try window("Tue,Thu-Fri 01:00-02:00").days == [.tuesday, .thursday, .friday])
        #expect(try window("03:00-04:00").days.count == 7)
        #expect(try window("00:00-00:00").minutes == 1440)
    }

    @Test("How long it is until it opens")
    func untilOpen() throws {
        let window = try window("Sun 02:00-04:00")
        #expect(window.minutesUntilOpen(from: .sunday, minute: 60) == 60)
        #expect(window.minutesUntilOpen(from: .sunday, minute: 130) == 0)
        #expect(window.minutesUntilOpen(from: .sunday, minute: 240) == 7 * 1440 - 120)
        #expect(window.minutesUntilOpen(from: .saturday, minute: 1439) == 121)
    }

    @Test(
        "What is no window is refused, by the schema too",
        arguments: [
            "", "Sunday 02:00-04:00", "Sun 2:00-04:00", "Sun 02:00", "Sun 02:00-24:30", "Sun 24:00-01:00",
            "Sun  02:00-04:00",
            "Mon- 02:00-04:00", "sun 02:00-04:00", "Sun 02:60-04:00", "Sun 02:00-04:00 UTC", "Mon,,Tue 02:00-04:00",
        ]
    )
    func wrong(_ text: String) throws {
        #expect(MaintenanceWindow(text) == nil)
        let pattern = try Regex(Self.pattern)
        let length = text.count
        #expect(text.firstMatch(of: pattern) == nil || length < 11 || length > 64)
    }

    @Test(
        "What is a window passes the schema",
        arguments: ["Sun 02:00-04:00", "Mon-Fri,Sun 22:00-24:00", "00:00-00:00"]
    )
    func right(_ text: String) throws {
        let pattern = try Regex(Self.pattern)
        #expect(text.firstMatch(of: pattern) != nil)
    }

    private static var pattern: String {
        let window = DatabaseCluster.schema.json.at(
            "properties",
            "spec",
            "properties",
            "maintenance",
            "properties",
            "window",
            "pattern"
        )
        return window?.string ?? "there is none"
    }

    @Test("The time zone is UTC when none is named")
    func decoded() throws {
        let cluster = try DatabaseCluster([
            "metadata": ["name": "a", "namespace": "b"],
            "spec": ["engine": "postgresql", "storage": "1Gi", "maintenance": ["window": "Sun 02:00-04:00"]],
        ])
        #expect(cluster.spec.maintenance == MaintenanceSpec(window: "Sun 02:00-04:00", timeZone: "UTC"))
    }
}
