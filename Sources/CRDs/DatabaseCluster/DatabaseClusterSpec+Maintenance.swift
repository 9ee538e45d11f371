import JSON

/// When what the operator itself would change may disturb the database.
package struct MaintenanceSpec: Sendable, Equatable {
    /// In the form of ``MaintenanceWindow``.
    package var window: String
    /// A name of the time zone database, like Europe/Berlin.
    package var timeZone: String

    package init(window: String, timeZone: String = "UTC") {
        self.window = window
        self.timeZone = timeZone
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        window = try fields.requiredString("window")
        timeZone = try fields.string("timeZone") ?? Default.timeZone
    }
}

extension Default {
    static let timeZone = "UTC"
}

extension DatabaseCluster {
    static let maintenance = Schema.object(
        "When a new version of the operator may apply what it renders otherwise and what restarts members. Without it, "
            + "and outside of the window, that is held back and shown as condition UpdatePending.",
        [
            "window": .string(
                "Days and hours, like Sun 02:00-04:00, Mon-Fri 22:00-02:00 or Sat,Sun 00:00-24:00; without days, every "
                    + "day. When the end is not after the beginning, it is on the next day.",
                length: 11...64,
                pattern: "^(\(day)(-\(day))?(,\(day)(-\(day))?)* )?([01][0-9]|2[0-3]):[0-5][0-9]-"
                    + "(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
            ),
            "timeZone": .string(
                "The time zone of the hours, as the time zone database names it, like Europe/Berlin.",
                length: 1...64,
                pattern: "^[A-Za-z0-9_+/-]+$",
                default: Default.timeZone
            ),
        ],
        required: ["window"]
    )

    private static let day = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
}
