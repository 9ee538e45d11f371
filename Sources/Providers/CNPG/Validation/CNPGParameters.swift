import CRDs
import KubernetesAPI

/// The rules for `spec.config` of a PostgreSQL cluster (cloudnative-pg pkg/postgres/configuration.go and its webhook).
struct CNPGParameters {
    private let values: [String: String]
    private let cluster: DatabaseCluster
    /// Nil when no memory is requested.
    private let memoryRequest: Quantity?
    private let walStorage: Quantity?
    /// What the Cluster has now; nil while there is none.
    private let live: [String: String]?

    init(
        _ cluster: DatabaseCluster,
        memoryRequest: Quantity?,
        walStorage: Quantity?,
        live: [String: String]? = nil
    ) {
        self.live = live
        self.cluster = cluster
        self.memoryRequest = memoryRequest
        self.walStorage = walStorage
        values = Dictionary(cluster.spec.config.map { ($0.name, $0.value) }) { _, last in last }
    }

    func refusals() -> [Refusal] {
        let named = cluster.spec.config.compactMap { Self.refusal(ofName: $0.name) }
        return named + [sharedBuffers, walLevel, walLogHints, walSizes].compactMap(\.self)
    }

    private static func refusal(ofName name: String) -> Refusal? {
        guard isIdentifier(name) else {
            return Refusal(
                "InvalidParameter",
                "config: \(name) is not a PostgreSQL parameter name: use letters, digits and _, with one dot at most"
            )
        }
        guard fixed.contains(name) else { return nil }
        return Refusal(
            "ForbiddenParameter",
            "config: \(name) is set by CloudNativePG itself and cannot be changed; \(advice[name] ?? "leave it out")"
        )
    }

    private static let advice = [
        "shared_preload_libraries": "list libraries in providerOptions.sharedPreloadLibraries",
        "synchronous_standby_names": "use providerOptions.synchronous",
        "archive_mode": "use spec.backup", "archive_command": "use spec.backup",
        "restore_command": "use spec.dataSource",
    ]

    /// A name with one dot at most, as of extension parameters.
    private static func isIdentifier(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count <= 2
            && parts.allSatisfy { part in
                guard let first = part.first, first.isASCII, first.isLetter || first == "_" else { return false }
                return part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            }
    }

    private var sharedBuffers: Refusal? {
        guard let text = values["shared_buffers"] else { return nil }
        guard let bytes = Self.bytes(text, unit: 8192) else {
            return Refusal(
                "InvalidParameter",
                "config: shared_buffers is \(text), which is no size; write it like 512MB"
            )
        }
        guard let memoryRequest, bytes > memoryRequest.bytes else { return nil }
        return Refusal(
            "SharedBuffersTooLarge",
            "config: shared_buffers is \(text), more than the memory request of \(memoryRequest); lower it or give the "
                + "members more memory"
        )
    }

    private var walLevel: Refusal? {
        guard let level = values["wal_level"] else { return nil }
        guard ["minimal", "replica", "logical"].contains(level) else {
            return Refusal("InvalidParameter", "config: wal_level must be minimal, replica or logical, not \(level)")
        }
        guard level == "minimal" else { return nil }
        if let live, live["wal_level"] != "minimal" {
            return Refusal(
                "InvalidParameter",
                "config: wal_level cannot become minimal in a cluster that exists; leave it out, or create a cluster "
                    + "with it"
            )
        }
        let archives = cluster.spec.backup.map { $0.enabled && $0.storage != nil } ?? false
        guard cluster.spec.clusterSize > 1 || archives || values["max_wal_senders"] != "0" else { return nil }
        return Refusal(
            "InvalidParameter",
            "config: wal_level minimal is possible only with clusterSize 1, without backup and with max_wal_senders 0"
        )
    }

    private var walLogHints: Refusal? {
        guard cluster.spec.clusterSize > 1, let text = values["wal_log_hints"],
            ["off", "false", "no", "0"].contains(text.lowercased())
        else { return nil }
        return Refusal(
            "InvalidParameter",
            "config: wal_log_hints cannot be off with more than one member, which need it to catch up after a failover"
        )
    }

    private var walSizes: Refusal? {
        let (minimum, maximum) = (values["min_wal_size"], values["max_wal_size"])
        for (name, text) in [("min_wal_size", minimum), ("max_wal_size", maximum)] {
            if let text, Self.bytes(text, unit: 1 << 20) == nil {
                return Refusal("InvalidParameter", "config: \(name) is \(text), which is no size; write it like 1GB")
            }
        }
        // The defaults of PostgreSQL.
        let low = minimum.flatMap { Self.bytes($0, unit: 1 << 20) } ?? 80 << 20
        let high = maximum.flatMap { Self.bytes($0, unit: 1 << 20) } ?? 1 << 30
        if minimum != nil || maximum != nil, low >= high {
            return Refusal("InvalidParameter", "config: min_wal_size must be smaller than max_wal_size")
        }
        if let walStorage, maximum != nil, high >= walStorage.bytes {
            return Refusal(
                "InvalidParameter",
                "config: max_wal_size must be smaller than providerOptions.walStorage.size, which is \(walStorage)"
            )
        }
        return nil
    }

    /// A size as PostgreSQL writes it; a bare number counts in the given unit.
    static func bytes(_ text: String, unit: Int64) -> Int64? {
        let trimmed = text.filter { $0 != " " }
        let digits = trimmed.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number >= 0 else { return nil }
        let factor: Int64
        switch trimmed.dropFirst(digits.count) {
        case "": factor = unit
        case "B": factor = 1
        case "kB": factor = 1 << 10
        case "MB": factor = 1 << 20
        case "GB": factor = 1 << 30
        case "TB": factor = 1 << 40
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}

extension CNPGParameters {
    /// What CloudNativePG's webhook writes for parameters that nobody sets, as far as PostgreSQL has them.
    static let defaults = [
        "archive_timeout": "5min", "dynamic_shared_memory_type": "posix", "full_page_writes": "on",
        "max_parallel_workers": "32", "max_replication_slots": "32", "max_worker_processes": "32",
        "shared_memory_type": "mmap", "ssl_max_protocol_version": "TLSv1.3", "ssl_min_protocol_version": "TLSv1.3",
        "wal_keep_size": "512MB", "wal_level": "logical", "wal_log_hints": "on", "wal_receiver_timeout": "5s",
        "wal_sender_timeout": "5s",
    ]

    /// PostgreSQL's own defaults of what it reads only when it starts, as far as they are the same in 14 to 18.
    static let defaultsReadAtStart = [
        "autovacuum_freeze_max_age": "200000000", "autovacuum_multixact_freeze_max_age": "400000000",
        "huge_page_size": "0", "huge_pages": "try", "max_connections": "100", "max_files_per_process": "1000",
        "max_locks_per_transaction": "64", "max_logical_replication_workers": "4",
        "max_pred_locks_per_transaction": "64", "max_prepared_transactions": "0", "max_wal_senders": "10",
        "min_dynamic_shared_memory": "0", "reserved_connections": "0", "shared_buffers": "128MB",
        "superuser_reserved_connections": "3", "track_activity_query_size": "1kB", "track_commit_timestamp": "off",
        "wal_buffers": "-1", "wal_decode_buffer_size": "512kB",
    ]

    /// Whether PostgreSQL reads two values of one parameter as the same.
    static func isSame(_ one: String, _ other: String) -> Bool {
        let (one, other) = (one.lowercased(), other.lowercased())
        if one == other { return true }
        if let on = switches[one], let other = switches[other] { return on == other }
        // Only with a unit on both sides can sizes be compared.
        guard one.last?.isLetter == true, other.last?.isLetter == true else { return false }
        guard let bytes = bytes(size(one), unit: 1) else { return false }
        return bytes == self.bytes(size(other), unit: 1)
    }

    private static func size(_ text: String) -> String { text.uppercased().replacing("KB", with: "kB") }

    private static let switches = [
        "on": true, "true": true, "yes": true, "1": true, "off": false, "false": false, "no": false, "0": false,
    ]

    /// The names that CloudNativePG 1.30 rejects.
    static let fixed: Set<String> = [
        "allow_alter_system", "allow_system_table_mods", "archive_cleanup_command", "archive_command", "archive_mode",
        "bonjour", "bonjour_name", "cluster_name", "config_file", "data_directory", "data_sync_retry", "event_source",
        "external_pid_file", "hba_file", "hot_standby", "ident_file", "jit_provider", "listen_addresses",
        "log_destination", "log_directory", "log_file_mode", "log_filename", "log_rotation_age", "log_rotation_size",
        "log_truncate_on_rotation", "logging_collector", "pg_failover_slots.primary_dsn",
        "pg_failover_slots.standby_slot_names", "port", "primary_conninfo", "primary_slot_name",
        "promote_trigger_file", "recovery_end_command", "recovery_min_apply_delay", "recovery_target",
        "recovery_target_action", "recovery_target_inclusive", "recovery_target_lsn", "recovery_target_name",
        "recovery_target_time", "recovery_target_timeline", "recovery_target_xid", "restart_after_crash",
        "restore_command", "shared_preload_libraries", "ssl", "ssl_ca_file", "ssl_cert_file", "ssl_crl_file",
        "ssl_dh_params_file", "ssl_ecdh_curve", "ssl_key_file", "ssl_passphrase_command",
        "ssl_passphrase_command_supports_reload", "ssl_prefer_server_ciphers", "stats_temp_directory",
        "synchronized_standby_slots", "synchronous_standby_names", "syslog_facility", "syslog_ident",
        "syslog_sequence_numbers", "syslog_split_messages", "temp_tablespaces", "unix_socket_directories",
        "unix_socket_group", "unix_socket_permissions",
    ]
}
