import CRDs
import KubernetesAPI
import Providers
import Synchronization

/// Tells whether a cluster's maintenance window is open.
///
/// Zones are read from the time zone database of the machine, once each.
final class MaintenanceHours: Sendable {
    /// Where the database is looked for.
    static let folders = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/etc/zoneinfo"]
    /// There are some 600 zones; names that somebody makes up must not fill the memory.
    private static let limit = 1000

    private let folders: [String]
    private let zones = Mutex<[String: TimeZoneRules]>([:])

    init(folders: [String] = MaintenanceHours.folders) { self.folders = folders }

    /// How long until the window opens, zero while it is open; nil when the cluster has no window.
    ///
    /// - Throws: a refusal when the window or its time zone cannot be understood.
    func timeUntilOpen(_ maintenance: MaintenanceSpec?, now: Timestamp) throws(Refusal) -> Duration? {
        guard let maintenance else { return nil }
        guard let window = MaintenanceWindow(maintenance.window) else {
            throw Refusal(
                "InvalidMaintenance",
                "maintenance.window is \"\(maintenance.window)\"; write it like Sun 02:00-04:00 or Mon-Fri 22:00-02:00"
            )
        }
        let rules = try rules(of: maintenance.timeZone)
        let local = now.seconds + Int64(rules.offset(at: now))
        let days = CivilDate.days(local)
        let minute = Int((local - Int64(days) * 86_400) / 60)
        guard let day = MaintenanceWindow.Day(rawValue: CivilDate.weekday(days)) else { return nil }
        return .seconds(window.minutesUntilOpen(from: day, minute: minute) * 60)
    }

    /// What is wrong with a cluster's maintenance; empty when it can be kept.
    func refusals(_ maintenance: MaintenanceSpec?, now: Timestamp) -> [Refusal] {
        do {
            _ = try timeUntilOpen(maintenance, now: now)
            return []
        } catch {
            return [error]
        }
    }

    private func rules(of zone: String) throws(Refusal) -> TimeZoneRules {
        if zone == "UTC" || zone == "Etc/UTC" { return .utc }
        if let known = zones.withLock({ $0[zone] }) { return known }
        guard let rules = read(zone) else {
            throw Refusal(
                "UnknownTimeZone",
                "maintenance.timeZone \(zone) is not known here: use UTC, or a name such as Europe/Berlin that the time zone "
                    + "database of the operator's image has"
            )
        }
        zones.withLock { zones in
            if zones.count >= Self.limit { zones = [:] }
            zones[zone] = rules
        }
        return rules
    }

    /// A name must not lead out of the folder.
    private func read(_ zone: String) -> TimeZoneRules? {
        let parts = zone.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.first != "." && $0.utf8.allSatisfy { $0 != 0 } }) else { return nil }
        for folder in folders {
            if let bytes = try? TextFile.bytes("\(folder)/\(zone)"), let rules = TimeZoneRules(file: bytes) {
                return rules
            }
        }
        return nil
    }
}
