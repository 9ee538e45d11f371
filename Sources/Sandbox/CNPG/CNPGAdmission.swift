import JSON
import KubernetesAPI

/// The webhooks of CloudNativePG.
struct CNPGAdmission: AdmissionPlugin {
    let group = CNPG.group

    func admit(
        _ resource: ResourceType,
        new: JSONValue,
        old: JSONValue?,
        _ stored: any StoredObjectReader
    ) throws(APIFailure) -> Admission {
        guard !new.isBeingDeleted else { return Admission(object: new) }
        switch resource.plural {
        case "clusters": return try cluster(new, old)
        case "backups": return try backup(new, old)
        case "scheduledbackups": return try scheduledBackup(new, old)
        case "poolers": return try pooler(new, old)
        default: return Admission(object: new)
        }
    }

    private func cluster(_ new: JSONValue, _ old: JSONValue?) throws(APIFailure) -> Admission {
        let defaulted = ClusterDefaults.applied(to: new)
        let warnings = ClusterValidation.warnings(about: defaulted)
        if defaulted.annotation(CNPG.Annotation.validation) == "disabled" {
            return Admission(object: defaulted, warnings: warnings)
        }
        var causes = ClusterValidation.causes(against: defaulted)
        if let old {
            causes += ClusterValidation.causes(against: defaulted, after: ClusterDefaults.applied(to: old))
        }
        try refuse(
            causes,
            new,
            webhook: "vcluster",
            kind: "Cluster",
            group: old == nil ? CNPG.group : "cluster.cnpg.io"
        )
        return Admission(object: defaulted, warnings: warnings)
    }

    private func backup(_ new: JSONValue, _ old: JSONValue?) throws(APIFailure) -> Admission {
        var causes: [APIFailure.Cause] = []
        let spec = new["spec"] ?? [:]
        if spec["method"]?.string == "plugin", spec["pluginConfiguration"] == nil {
            causes.append(
                .invalid(
                    "spec.pluginConfiguration",
                    "null",
                    "cannot be empty when the backup method is plugin"
                )
            )
        }
        if let old, old["spec"] != spec {
            causes.append(.forbidden("spec", "Backup spec is immutable once set"))
        }
        try refuse(causes, new, webhook: "vbackup", kind: "Backup", group: "backup.cnpg.io")
        return Admission(object: new)
    }

    private func scheduledBackup(_ new: JSONValue, _ old: JSONValue?) throws(APIFailure) -> Admission {
        var causes: [APIFailure.Cause] = []
        var warnings: [String] = []
        let schedule = new.at("spec", "schedule")?.string ?? ""
        if CronSchedule(schedule) == nil {
            causes.append(.invalid("spec.schedule", quoted(schedule), "Expected 5 or 6 fields, found: \(schedule)"))
        } else if schedule.split(separator: " ").count < 6, !schedule.hasPrefix("@") {
            warnings.append(
                "Schedule parameter may not have the right number of arguments (usually six arguments are needed)"
            )
        }
        if let old, old.at("spec", "cluster", "name") != new.at("spec", "cluster", "name") {
            causes.append(.forbidden("spec.cluster", "the cluster of a ScheduledBackup is immutable"))
        }
        try refuse(causes, new, webhook: "vscheduledbackup", kind: "ScheduledBackup", group: "scheduledBackup.cnpg.io")
        return Admission(object: new, warnings: warnings)
    }

    private func pooler(_ new: JSONValue, _ old: JSONValue?) throws(APIFailure) -> Admission {
        var causes: [APIFailure.Cause] = []
        if new.at("spec", "pgbouncer") == nil {
            causes.append(.invalid("spec.pgbouncer", "null", "required pgbouncer configuration"))
        }
        if new.at("spec", "cluster", "name")?.string == new.objectName {
            causes.append(
                .invalid(
                    "metadata.name",
                    quoted(new.objectName),
                    "the pooler resource cannot have the same name of a cluster"
                )
            )
        }
        if let old, old.at("spec", "cluster", "name") != new.at("spec", "cluster", "name") {
            causes.append(.forbidden("spec.cluster", "the cluster of a Pooler is immutable"))
        }
        for field in new.at("spec", "pgbouncer", "parameters")?.object ?? [:]
        where PgBouncerParameters.operatorOwned.contains(field.name) {
            causes.append(
                .invalid("spec.pgbouncer.parameters", quoted(field.name), "Invalid or reserved parameter")
            )
        }
        try refuse(causes, new, webhook: "vpooler", kind: "Pooler", group: "pooler.cnpg.io")
        return Admission(object: new)
    }

    private func refuse(
        _ causes: [APIFailure.Cause],
        _ object: JSONValue,
        webhook: String,
        kind: String,
        group: String
    ) throws(APIFailure) {
        guard !causes.isEmpty else { return }
        let invalid = APIFailure.invalid(kind: kind, group: group, name: object.objectName, causes)
        throw APIFailure(
            code: invalid.code,
            reason: invalid.reason,
            message: "admission webhook \"\(webhook).cnpg.io\" denied the request: \(invalid.message)",
            details: invalid.details
        )
    }

    private func quoted(_ text: String) -> String { "\"\(text)\"" }
}

/// PgBouncer's parameters that the operator sets itself.
enum PgBouncerParameters {
    static let operatorOwned: Set<String> = [
        "auth_file", "auth_hba_file", "auth_query", "auth_type", "auth_user", "client_tls_ca_file",
        "client_tls_cert_file", "client_tls_key_file", "listen_addr", "listen_port", "pool_mode",
        "server_tls_ca_file", "server_tls_sslmode", "unix_socket_dir",
    ]
}
