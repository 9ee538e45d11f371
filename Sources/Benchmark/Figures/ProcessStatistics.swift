/// Resident memory, in megabytes of 1,000,000 bytes.
struct ProcessMemory: Sendable, Equatable {
    /// What the process has written: heap and stacks.
    var anonymous = 0.0
    /// Pages of the executable and its libraries, which processes share.
    var files = 0.0

    var resident: Double { anonymous + files }
}

/// What the kernel tells of a process (proc_pid_stat(5), proc_pid_status(5)).
enum ProcessStatistics {
    /// User and system time in clock ticks, from the text of `/proc/PID/stat`; nil when it is no such text.
    static func ticks(stat text: String) -> Int? {
        // The name is in parentheses and may itself hold spaces and parentheses.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        // The state, after the name, is field 3; utime and stime are fields 14 and 15.
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return nil }
        return user + system
    }

    /// From the text of `/proc/PID/status`; nil when it does not say.
    static func memory(status text: String) -> ProcessMemory? {
        func bytes(_ name: String) -> Double? {
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") }),
                let kibibytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
            else { return nil }
            return Double(kibibytes).map { $0 * 1024 }
        }
        guard let anonymous = bytes("RssAnon"), let files = bytes("RssFile") else { return nil }
        return ProcessMemory(anonymous: anonymous / 1e6, files: files / 1e6)
    }

    /// The count of an event in what `perf stat -x,` has written; nil when the processor does not count it.
    static func count(of event: String, perf text: String) -> Double? {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count > 2, fields[2].hasPrefix(event), let count = Double(fields[0]) else { continue }
            return count
        }
        return nil
    }
}

/// The text format of Prometheus, as far as sums of a family are asked of it.
enum Exposition {
    /// The sum of all series of that name; nil when there is none.
    static func sum(of name: String, in text: String) -> Double? {
        var sum: Double?
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            let rest = line.dropFirst(name.count)
            guard rest.first == "{" || rest.first == " ", let value = rest.split(separator: " ").last else { continue }
            guard let number = Double(value) else { continue }
            sum = (sum ?? 0) + number
        }
        return sum
    }
}
