import JSON
import KubernetesAPI

/// What the operator finds wrong in a spec; without its webhook, which is off by default, only its status tells.
struct XtraValidation {
    private let cluster: JSONValue
    private let spec: JSONValue

    init(_ cluster: JSONValue) {
        self.cluster = cluster
        spec = cluster["spec"] ?? [:]
    }

    /// The first complaint, in the operator's words; nil when there is none.
    var complaint: String? {
        if let complaint = formComplaint { return "validate cr: " + complaint }
        if !cluster.isBeingDeleted, spec["pause"]?.bool != true, let complaint = sizeComplaint {
            return "check safe defaults: " + complaint
        }
        for app in XtraApp.all(spec) where app.configuration.contains("{{") {
            if app.json.at("resources", "limits", "memory") == nil {
                return "\(app.component) config: resources.limits[memory] should be specified for template usage in "
                    + "configuration"
            }
        }
        return nil
    }

    private var formComplaint: String? {
        let name = cluster.objectName
        if name.utf8.count > 22 { return "cluster name (\(name)) too long, must be no more than 22 characters" }
        if let version = spec["crVersion"]?.string, !version.isEmpty, !Percona.isVersion(version) {
            return "invalid cr version: Malformed version: \(version)"
        }
        guard let servers = spec["pxc"] else {
            return "spec.pxc section is not specified. Please check \(name) cluster settings"
        }
        if servers["image"]?.string ?? "" == "" { return "pxc.Image can't be empty" }
        if spec.at("pmm", "enabled")?.bool == true, spec.at("pmm", "image")?.string ?? "" == "" {
            return "pmm.Image can't be empty"
        }
        return volumeComplaint("PXC", servers) ?? proxyComplaint ?? backupComplaint ?? strategyComplaint
            ?? userComplaint
    }

    private func volumeComplaint(_ title: String, _ app: JSONValue) -> String? {
        guard let volume = app["volumeSpec"] else { return "\(title): volumeSpec should be specified" }
        guard volume["emptyDir"] == nil, volume["hostPath"] == nil else { return nil }
        let size = volume.at("persistentVolumeClaim", "resources", "requests", "storage")
        return size == nil ? "\(title): validate volume spec: volume.resources.storage can't be empty" : nil
    }

    private func isEnabled(_ proxy: String) -> Bool { spec[proxy]?["enabled"]?.bool == true }

    private var proxyComplaint: String? {
        if isEnabled("haproxy"), isEnabled("proxysql") {
            return "can't enable both HAProxy and ProxySQL please only select one of them"
        }
        if isEnabled("haproxy"), spec.at("haproxy", "image")?.string ?? "" == "" {
            return "haproxy.Image can't be empty"
        }
        guard isEnabled("proxysql"), let proxy = spec["proxysql"] else { return nil }
        if proxy["image"]?.string ?? "" == "" { return "proxysql.Image can't be empty" }
        return volumeComplaint("ProxySQL", proxy)
    }

    private var backupComplaint: String? {
        guard let backup = spec["backup"] else { return nil }
        if backup["image"]?.string ?? "" == "" { return "backup.Image can't be empty" }
        let storages = backup["storages"]?.object ?? [:]
        if backup.at("pitr", "enabled")?.bool == true {
            let storage = backup.at("pitr", "storageName")?.string ?? ""
            if storage.isEmpty { return "backup.PITR.StorageName can't be empty" }
            if storages[storage] == nil { return "pitr storage \(storage) doesn't exist" }
        }
        for schedule in backup["schedule"]?.array ?? [] {
            let storage = schedule["storageName"]?.string ?? ""
            if storages[storage] == nil { return "storage \(storage) doesn't exist" }
        }
        return nil
    }

    private var strategyComplaint: String? {
        guard spec["updateStrategy"]?.string == "SmartUpdate", !isEnabled("haproxy"), !isEnabled("proxysql") else {
            return nil
        }
        return "ProxySQL or HAProxy should be enabled if SmartUpdate set"
    }

    private var userComplaint: String? {
        var names: Set<String> = []
        for user in spec["users"]?.array ?? [] {
            let name = user["name"]?.string ?? ""
            if !names.insert(name).inserted { return "user \(name) is duplicated" }
        }
        return nil
    }

    private var sizeComplaint: String? {
        let unsafe = spec["unsafeFlags"] ?? [:]
        func hint(_ flag: String) -> String { ". Set spec.unsafeFlags.\(flag) to true to disable this check" }
        if !Xtra.hasTLS(spec), unsafe["tls"]?.bool != true { return "TLS must be enabled" + hint("tls") }
        if unsafe["pxcSize"]?.bool != true {
            let size = spec.at("pxc", "size")?.integer ?? 0
            if size < 3 { return "PXC size must be at least 3" + hint("pxcSize") }
            if size > 5 { return "PXC size must be at most 5" + hint("pxcSize") }
            if size % 2 == 0 { return "PXC size must be an odd number" + hint("pxcSize") }
        }
        guard unsafe["proxySize"]?.bool != true else { return nil }
        for (proxy, title) in [("proxysql", "ProxySQL"), ("haproxy", "HAProxy")]
        where isEnabled(proxy) && (spec[proxy]?["size"]?.integer ?? 0) < 2 {
            return "\(title) size must be at least 2" + hint("proxySize")
        }
        return nil
    }

    /// What is wrong with a password that ProxySQL could not read; nil when it can.
    static func complaint(about users: [String: String]) -> String? {
        guard let password = users["proxyadmin"] else { return nil }
        if password.contains(";") || password.contains(":") {
            return "invalid proxyadmin password, don't use ';' or ':'"
        }
        return password.hasPrefix("*") ? "invalid proxyadmin password, first character must not be '*'" : nil
    }
}

/// Which configurations let no mysqld start, though the operator lets them through.
enum MySQLStart {
    private static let numbers: Set<String> = [
        "max_connections", "thread_cache_size", "table_open_cache", "innodb_io_capacity", "innodb_lock_wait_timeout",
        "wait_timeout", "interactive_timeout", "long_query_time", "innodb_flush_log_at_trx_commit",
    ]
    private static let sizes: Set<String> = [
        "innodb_buffer_pool_size", "innodb_log_file_size", "innodb_redo_log_capacity", "max_allowed_packet",
        "key_buffer_size", "tmp_table_size", "max_heap_table_size", "sort_buffer_size", "join_buffer_size",
    ]

    /// The last words of a server that does not start with a configuration; nil when it starts.
    static func complaint(about text: String) -> String? {
        var section = ""
        for line in text.split(separator: "\n").map({ $0.trimmed }) {
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") || line.contains("{{") { continue }
            if line.hasPrefix("[") {
                section = line.filter { $0 != "[" && $0 != "]" }
                continue
            }
            guard !section.isEmpty else {
                return "error: Found option without preceding group in config file: /etc/mysql/node.cnf"
            }
            guard section == "mysqld" else { continue }
            if let complaint = option(line) {
                return "[ERROR] [Server] \(complaint)\n[ERROR] [MY-010119] [Server] Aborting"
            }
        }
        return nil
    }

    private static func option(_ line: String) -> String? {
        let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmed }
        let name = (parts.first ?? "").replacing("-", with: "_")
        let value = parts.count > 1 ? parts[1] : ""
        if ["no_such", "does_not_exist", "nonexistent"].contains(where: name.contains), !name.hasPrefix("loose_") {
            return "unknown variable '\(line)'."
        }
        if numbers.contains(name), Double(value) == nil {
            return "Unknown suffix '\(value.prefix(1))' used for variable '\(name)' (value '\(value)')."
        }
        guard sizes.contains(name) else { return nil }
        let digits = value.prefix { $0.isNumber }
        let units: [String: Int64] = ["": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
        guard let amount = Int64(digits), let unit = units[value.dropFirst(digits.count).uppercased()] else {
            return "Unknown suffix '\(value.dropFirst(digits.count).prefix(1))' used for variable '\(name)' "
                + "(value '\(value)')."
        }
        let isTooMuch = amount.multipliedReportingOverflow(by: unit).overflow || amount * unit > 512 << 30
        return name == "innodb_buffer_pool_size" && isTooMuch ? "Cannot allocate memory for the buffer pool" : nil
    }
}
