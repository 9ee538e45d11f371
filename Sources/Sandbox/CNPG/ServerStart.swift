import JSON
import KubernetesAPI

/// Which parameters let no PostgreSQL server start, though every webhook lets them through.
///
/// Not all that PostgreSQL refuses, but enough for every kind of refusal: a value that cannot be read, one out of its
/// range, two that do not fit together, more memory than there is, and a name nobody knows.
enum ServerStart {
    /// The last words of a server that does not start with the parameters of a Cluster's spec; nil when it starts.
    static func complaint(about spec: JSONValue) -> String? {
        let parameters = spec.at("postgresql", "parameters")?.object ?? [:]
        let texts = parameters.compactMap { field in field.value.string.map { (field.name, $0) } }
        for (name, value) in texts.sorted(by: { $0.0 < $1.0 }) {
            guard let complaint = complaint(name, value) else { continue }
            return complaint + "\n"
                + "FATAL:  configuration file \"/var/lib/postgresql/data/pgdata/postgresql.conf\" contains errors"
        }
        func number(_ name: String, or standard: Int64) -> Int64 {
            parameters[name]?.string.flatMap { Int64($0) } ?? standard
        }
        let superusers = number("superuser_reserved_connections", or: 3)
        let reserved = number("reserved_connections", or: 0)
        let connections = number("max_connections", or: 100)
        guard superusers + reserved < connections else {
            return "FATAL:  superuser_reserved_connections (\(superusers)) plus reserved_connections (\(reserved)) "
                + "must be less than max_connections (\(connections))"
        }
        if let buffers = parameters["shared_buffers"]?.string.flatMap({ bytes($0, unit: 8192) }), buffers > nodeMemory {
            return "FATAL:  could not map anonymous shared memory: Cannot allocate memory"
        }
        return nil
    }

    private static let nodeMemory: Int64 = 512 << 30

    private static func complaint(_ name: String, _ value: String) -> String? {
        // Names with a dot belong to extensions, and a server takes any of them.
        if ["no_such", "does_not_exist", "nonexistent"].contains(where: name.contains), !name.contains(".") {
            return "LOG:  unrecognized configuration parameter \"\(name)\""
        }
        if let range = ranges[name] {
            guard let number = Int64(value) else { return unreadable(name, value) }
            return range.contains(number)
                ? nil
                : "LOG:  \(number) is outside the valid range for parameter \"\(name)\" "
                    + "(\(range.lowerBound) .. \(range.upperBound))"
        }
        if let unit = memoryUnits[name] {
            return bytes(value, unit: unit) == nil ? unreadable(name, value) : nil
        }
        let booleans = ["on", "off", "true", "false", "yes", "no", "1", "0"]
        if switches.contains(name), !booleans.contains(value.lowercased()) {
            return "LOG:  parameter \"\(name)\" requires a Boolean value"
        }
        return nil
    }

    private static func unreadable(_ name: String, _ value: String) -> String {
        "LOG:  invalid value for parameter \"\(name)\": \"\(value)\""
    }

    private static let ranges: [String: ClosedRange<Int64>] = [
        "max_connections": 1...262_143, "superuser_reserved_connections": 0...262_143,
        "reserved_connections": 0...262_143, "max_worker_processes": 0...262_143, "max_wal_senders": 0...262_143,
        "max_replication_slots": 0...262_143, "max_prepared_transactions": 0...262_143,
        "max_locks_per_transaction": 10...2_147_483_647, "max_files_per_process": 64...2_147_483_647,
        "max_parallel_workers": 0...1024, "max_parallel_workers_per_gather": 0...1024,
        "autovacuum_max_workers": 1...262_143, "default_statistics_target": 1...10_000,
    ]

    /// The parameters that are amounts of memory, with the bytes that a number without a unit counts in.
    private static let memoryUnits: [String: Int64] = [
        "shared_buffers": 8192, "effective_cache_size": 8192, "wal_buffers": 8192, "temp_buffers": 8192,
        "work_mem": 1024, "maintenance_work_mem": 1024, "autovacuum_work_mem": 1024, "logical_decoding_work_mem": 1024,
    ]

    private static let switches: Set<String> = [
        "autovacuum", "fsync", "full_page_writes", "wal_log_hints", "log_checkpoints", "log_connections",
        "log_disconnections", "log_lock_waits", "jit", "track_commit_timestamp", "track_io_timing", "enable_seqscan",
    ]

    /// The bytes that a value like "256MB" or "-1" means; nil when a server cannot read it.
    private static func bytes(_ value: String, unit: Int64) -> Int64? {
        let text = value.trimmed
        let digits = text.prefix { $0.isNumber || $0 == "." || $0 == "-" }
        guard let amount = Double(digits) else { return nil }
        let units: [String: Int64] = ["": unit, "B": 1, "kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40]
        guard let factor = units[text.dropFirst(digits.count).trimmed] else { return nil }
        let bytes = amount * Double(factor)
        return bytes.magnitude < 1e18 ? Int64(bytes) : nil
    }
}
