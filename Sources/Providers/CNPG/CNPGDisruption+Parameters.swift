import JSON

extension CNPGDisruption {
    /// Parameters are reloaded, but for those that PostgreSQL reads only when it starts.
    func postgresql(_ field: FieldChange, _ child: CNPGCluster) -> Disruption {
        guard field.path.count > 2 else { return parts(of: field, child) }
        switch field.path[2] {
        case "parameters":
            guard field.path.count > 3 else { return parts(of: field, child) }
            return Self.needsRestart(field.path[3], child) ? restart(child) : .none
        case "pg_hba", "pg_ident", "synchronous", "enableAlterSystem", "syncReplicaElectionConstraint",
            "promotionTimeout":
            return .none
        default: return restart(child)
        }
    }

    private func parts(of field: FieldChange, _ child: CNPGCluster) -> Disruption {
        let names = Set((field.before?.object?.names ?? []) + (field.after?.object?.names ?? []))
        let changes = names.map { FieldChange(field.path + [$0], from: field.before?[$0], to: field.after?[$0]) }
        return changes.filter { $0.before != $0.after }.map { postgresql($0, child) }.max() ?? .none
    }

    private static func needsRestart(_ name: String, _ child: CNPGCluster) -> Bool {
        guard let dot = name.firstIndex(of: ".") else { return readAtStart.contains(name) }
        // The first parameter of such an extension makes CloudNativePG load its library, and the last one unload it.
        let prefix = name[...dot]
        guard loadedByParameter.contains(String(prefix)) else { return true }
        let others = child.parameters.keys.filter { $0 != name && $0.hasPrefix(prefix) }
        return others.isEmpty || name == "pg_stat_statements.max"
    }

    private static let loadedByParameter: Set = [
        "auto_explain.", "pg_failover_slots.", "pg_stat_statements.", "pgaudit.",
    ]

    /// Parameters of context postmaster in PostgreSQL 14 to 18 (pg_settings); in any of them is enough.
    private static let readAtStart: Set = [
        "archive_mode", "autovacuum_freeze_max_age", "autovacuum_max_workers",
        "autovacuum_multixact_freeze_max_age", "autovacuum_worker_slots", "commit_timestamp_buffers",
        "debug_io_direct", "dynamic_shared_memory_type", "hot_standby", "huge_page_size", "huge_pages",
        "ignore_invalid_pages", "io_max_combine_limit", "io_max_concurrency", "io_method", "jit_provider",
        "listen_addresses", "logging_collector", "max_active_replication_origins", "max_connections",
        "max_files_per_process", "max_locks_per_transaction", "max_logical_replication_workers",
        "max_notify_queue_pages", "max_pred_locks_per_transaction", "max_prepared_transactions",
        "max_replication_slots", "max_wal_senders", "max_worker_processes", "min_dynamic_shared_memory",
        "multixact_member_buffers", "multixact_offset_buffers", "notify_buffers", "old_snapshot_threshold", "port",
        "reserved_connections", "serializable_buffers", "shared_buffers", "shared_memory_type",
        "shared_preload_libraries", "subtransaction_buffers", "superuser_reserved_connections",
        "track_activity_query_size", "track_commit_timestamp", "transaction_buffers", "wal_buffers",
        "wal_decode_buffer_size", "wal_level", "wal_log_hints",
    ]
}
