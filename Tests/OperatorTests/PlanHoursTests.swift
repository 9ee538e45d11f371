import CRDs
import Foundation
import KubernetesAPI
import Providers
import Testing

@testable import Operator

@Suite("Maintenance hours")
struct PlanHoursTests {
    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

    @Test("The window is open by the clock of its time zone")
    func zones() throws {
        let hours = MaintenanceHours()
        let sunday = MaintenanceSpec(window: "Sun 02:00-04:00")
        #expect(try hours.timeUntilOpen(sunday, now: time("2026-11-22T02:30:00Z")) == .zero)
        #expect(try hours.timeUntilOpen(sunday, now: time("2026-11-22T01:30:00Z")) == .seconds(1800))
        #expect(try hours.timeUntilOpen(nil, now: time("2026-11-22T02:30:00Z")) == nil)
    }

    @Test(
        "Zones of the time zone database change their clocks",
        .enabled(if: FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/Europe/Berlin"))
    )
    func database() throws {
        let hours = MaintenanceHours()
        let berlin = MaintenanceSpec(window: "02:00-04:00", timeZone: "Europe/Berlin")
        #expect(try hours.timeUntilOpen(berlin, now: time("2026-01-15T01:30:00Z")) == .zero)
        #expect(try hours.timeUntilOpen(berlin, now: time("2026-07-15T00:30:00Z")) == .zero)
        #expect(try hours.timeUntilOpen(berlin, now: time("2026-07-15T02:30:00Z")) != .zero)
        let zone = try #require(FileManager.default.contents(atPath: "/usr/share/zoneinfo/America/New_York"))
        let newYork = try #require(TimeZoneRules(file: Array(zone)))
        #expect(newYork.offset(at: try time("2040-07-01T00:00:00Z")) == -4 * 3600)
        #expect(newYork.offset(at: try time("2040-12-01T00:00:00Z")) == -5 * 3600)
        #expect(newYork.offset(at: try time("1995-07-01T00:00:00Z")) == -4 * 3600)
    }

    @Test("Rules of POSIX: half hours, the south, and the very second of a change")
    func posix() throws {
        let berlin = try #require(PosixTimeZone("CET-1CEST,M3.5.0,M10.5.0/3"))
        #expect(berlin.offset(at: try time("2026-03-29T00:59:59Z").seconds) == 3600)
        #expect(berlin.offset(at: try time("2026-03-29T01:00:00Z").seconds) == 7200)
        #expect(berlin.offset(at: try time("2026-10-25T00:59:59Z").seconds) == 7200)
        #expect(berlin.offset(at: try time("2026-10-25T01:00:00Z").seconds) == 3600)
        let sydney = try #require(PosixTimeZone("AEST-10AEDT,M10.1.0,M4.1.0/3"))
        #expect(sydney.offset(at: try time("2026-01-01T00:00:00Z").seconds) == 11 * 3600)
        #expect(sydney.offset(at: try time("2026-07-01T00:00:00Z").seconds) == 10 * 3600)
        #expect(PosixTimeZone("<+0530>-5:30")?.offset(at: 0) == 19_800)
        #expect(PosixTimeZone("") == nil)
    }

    @Test("What cannot be understood is refused in words")
    func refused() throws {
        let hours = MaintenanceHours()
        let now = try time("2026-11-22T02:30:00Z")
        let unknown = hours.refusals(MaintenanceSpec(window: "Sun 02:00-04:00", timeZone: "Mars/Olympus"), now: now)
        #expect(unknown.map(\.reason) == ["UnknownTimeZone"])
        let outside = hours.refusals(MaintenanceSpec(window: "Sun 02:00-04:00", timeZone: "../../etc/passwd"), now: now)
        #expect(outside.map(\.reason) == ["UnknownTimeZone"])
        #expect(hours.refusals(MaintenanceSpec(window: "Sundays"), now: now).map(\.reason) == ["InvalidMaintenance"])
        #expect(TimeZoneRules(file: []) == nil)
        #expect(TimeZoneRules(file: Array("TZif2".utf8)) == nil)
    }
}
