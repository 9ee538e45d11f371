import JSON

/// What CloudNativePG 1.30 knows of PostgreSQL's parameters.
enum ServerParameters {
    /// What the webhook writes into `spec.postgresql.parameters` where the user says nothing.
    static let defaults: [String: String] = [
        "archive_timeout": "5min", "dynamic_shared_memory_type": "posix", "full_page_writes": "on",
        "max_parallel_workers": "32", "max_replication_slots": "32", "max_worker_processes": "32",
        "shared_memory_type": "mmap", "ssl_max_protocol_version": "TLSv1.3", "ssl_min_protocol_version": "TLSv1.3",
        "wal_keep_size": "512MB", "wal_level": "logical", "wal_log_hints": "on", "wal_receiver_timeout": "5s",
        "wal_sender_timeout": "5s",
    ]

    /// The fixed parameters that the operator sets itself; writing exactly these values is let through.
    static let computed: [String: String] = [
        "archive_mode": "on", "log_destination": "csvlog", "log_directory": "/controller/log",
        "log_filename": "postgres", "log_rotation_age": "0", "log_rotation_size": "0",
        "log_truncate_on_rotation": "false", "logging_collector": "on", "shared_preload_libraries": "",
    ]

    /// The parameters nobody may set.
    static let fixed = Set(
        """
        archive_mode archive_command cluster_name port primary_conninfo primary_slot_name restore_command \
        recovery_target recovery_target_action recovery_target_inclusive recovery_target_lsn recovery_target_name \
        recovery_target_time recovery_target_timeline recovery_target_xid shared_preload_libraries temp_tablespaces \
        synchronous_standby_names synchronized_standby_slots pg_failover_slots.primary_dsn \
        pg_failover_slots.standby_slot_names ssl ssl_ca_file ssl_cert_file ssl_crl_file ssl_key_file \
        ssl_dh_params_file ssl_ecdh_curve ssl_passphrase_command ssl_passphrase_command_supports_reload \
        ssl_prefer_server_ciphers allow_system_table_mods bonjour bonjour_name config_file data_directory \
        data_sync_retry event_source external_pid_file hba_file ident_file hot_standby jit_provider listen_addresses \
        logging_collector log_destination log_directory log_file_mode log_filename log_rotation_age \
        log_rotation_size log_truncate_on_rotation unix_socket_directories unix_socket_group \
        unix_socket_permissions archive_cleanup_command promote_trigger_file recovery_end_command \
        recovery_min_apply_delay restart_after_crash stats_temp_directory syslog_facility syslog_ident \
        syslog_sequence_numbers syslog_split_messages
        """.split(separator: " ").map(String.init)
    )

    /// The parameters that a running server cannot take; all others are reloaded.
    private static let restartClass = Set(
        """
        archive_mode autovacuum_freeze_max_age autovacuum_max_workers autovacuum_multixact_freeze_max_age \
        autovacuum_worker_slots commit_timestamp_buffers dynamic_shared_memory_type huge_page_size huge_pages \
        io_max_combine_limit io_max_concurrency io_method max_active_replication_origins max_connections \
        max_files_per_process max_locks_per_transaction max_logical_replication_workers max_notify_queue_pages \
        max_pred_locks_per_transaction max_prepared_transactions max_replication_slots max_wal_senders \
        max_worker_processes min_dynamic_shared_memory multixact_member_buffers multixact_offset_buffers \
        notify_buffers old_snapshot_threshold pg_stat_statements.max reserved_connections serializable_buffers \
        shared_buffers shared_memory_type shared_preload_libraries subtransaction_buffers summarize_wal_buffers \
        superuser_reserved_connections track_activity_query_size track_commit_timestamp transaction_buffers \
        wal_buffers wal_decode_buffer_size wal_level wal_log_hints
        """.split(separator: " ").map(String.init)
    )

    /// Those that must not be lower on a standby than on its primary.
    static let hotStandbySensitive = [
        "max_connections", "max_prepared_transactions", "max_wal_senders", "max_worker_processes",
        "max_locks_per_transaction",
    ]

    /// The libraries that a parameter of their name space brings with it.
    private static let managedLibraries = ["pgaudit", "pg_stat_statements", "auto_explain", "pg_failover_slots"]

    /// What a server of this cluster must be restarted for, as one value.
    static func restartClass(of spec: JSONValue) -> JSONValue {
        let parameters = spec.at("postgresql", "parameters")?.object ?? [:]
        var settings = JSONObject()
        for field in parameters where restartClass.contains(field.name) && field.name != "shared_preload_libraries" {
            settings[field.name] = field.value
        }
        let named = spec.at("postgresql", "shared_preload_libraries")?.array?.compactMap(\.string) ?? []
        let implied = managedLibraries.filter { library in
            parameters.contains { $0.name.hasPrefix(library + ".") } && !named.contains(library)
        }
        settings["shared_preload_libraries"] = JSONValue((named + implied).sorted())
        return .object(settings)
    }

    /// Whether one of the hot standby parameters goes down between two values of ``restartClass(of:)``.
    static func isDecrease(from: JSONValue, to: JSONValue) -> Bool {
        hotStandbySensitive.contains { name in
            guard let old = from[name]?.string.flatMap({ Int($0) }), let new = to[name]?.string.flatMap({ Int($0) })
            else { return false }
            return new < old
        }
    }
}
