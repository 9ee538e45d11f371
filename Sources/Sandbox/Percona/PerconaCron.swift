import KubernetesAPI

/// A schedule as the operators' library reads it: five fields, or a name like "@daily".
struct PerconaCron {
    private let schedule: CronSchedule

    init?(_ text: String) {
        let fields = text.split(separator: " ").count
        guard let schedule = CronSchedule(text.hasPrefix("@") ? text : "0 " + text),
            text.hasPrefix("@") ? fields == 1 : fields == 5
        else { return nil }
        self.schedule = schedule
    }

    /// The first time after that one, in UTC; nil when there is none in the next five years.
    func next(after time: Timestamp) -> Timestamp? { schedule.next(after: time) }
}
