import CRDs
import KubernetesAPI

/// The rules for `spec.config` of a Percona XtraDB Cluster.
///
/// Percona's operator checks nothing: a wrong line shows as a first member that crashes again and again.
struct PXCParameters {
    private let config: [ConfigParameter]
    /// Nil when no memory is limited.
    private let memoryLimit: Quantity?

    init(_ config: [ConfigParameter], memoryLimit: Quantity?) {
        self.config = config
        self.memoryLimit = memoryLimit
    }

    func refusals() -> [Refusal] {
        config.flatMap { [Self.form(of: $0), Self.reservation(of: $0)].compactMap(\.self).prefix(1) }
            + doubles + [bufferPool].compactMap(\.self)
    }

    /// The text is a template of Percona's, so what begins an expression would be run.
    private static func form(of parameter: ConfigParameter) -> Refusal? {
        let name = parameter.name
        let isName =
            !name.isEmpty && name.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
        guard isName, !name.hasSuffix(".") else {
            return Refusal(
                "InvalidParameter",
                "config: \(name) is no name of a MySQL option: use letters, digits, _ and -, with mysqld., client., sst. or "
                    + "another section in front if need be"
            )
        }
        guard !parameter.value.utf8.contains(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) else {
            return Refusal("InvalidParameter", "config: the value of \(name) must be one line")
        }
        for sign in ["{{", "{%", "{#"] where parameter.value.contains(sign) {
            return Refusal(
                "InvalidParameter",
                "config: the value of \(name) has \(sign), which Percona's operator would take for a template"
            )
        }
        return nil
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func reservation(of parameter: ConfigParameter) -> Refusal? {
        let (section, option) = canonical(parameter.name)
        guard section == "mysqld" else { return nil }
        let isOff = ["0", "off", "false"].contains(parameter.value.lowercased())
        let switchesLogOff = option == "skip_log_bin" || option == "disable_log_bin" || option == "log_bin" && isOff
        guard reserved.contains(option) || reservedPrefixes.contains(where: option.hasPrefix) || switchesLogOff else {
            return nil
        }
        return Refusal(
            "ForbiddenParameter",
            "config: \(parameter.name) is what the members find and copy each other by, and is set by Percona's operator; "
                + "leave it out"
        )
    }

    private static let reserved: Set = [
        "datadir", "port", "pxc_encrypt_cluster_traffic", "server_id", "socket", "wsrep_provider",
    ]
    private static let reservedPrefixes = ["wsrep_cluster_", "wsrep_node_"]

    /// MySQL takes a dash for an underscore, and `loose_` for a grain of salt.
    private static func canonical(_ name: String) -> (section: String, option: String) {
        let (section, rest) = PXCConfiguration.place(of: name)
        let option = String(rest.lowercased().map { $0 == "-" ? "_" : $0 })
        return (section, option.hasPrefix("loose_") ? String(option.dropFirst(6)) : option)
    }

    private var doubles: [Refusal] {
        var first: [String: String] = [:]
        return config.compactMap { parameter in
            let (section, option) = Self.canonical(parameter.name)
            guard let other = first.updateValue(parameter.name, forKey: "\(section).\(option)"),
                !Self.repeatable.contains(where: option.hasPrefix)
            else { return nil }
            return Refusal("InvalidParameter", "config: \(other) and \(parameter.name) are the same option; keep one")
        }
    }

    /// Options that may stand several times.
    private static let repeatable = ["replicate_", "binlog_do_db", "binlog_ignore_db", "plugin_load_add"]

    private var bufferPool: Refusal? {
        let name = "innodb_buffer_pool_size"
        guard let parameter = config.last(where: { Self.canonical($0.name) == ("mysqld", name) }) else { return nil }
        guard let bytes = Self.bytes(parameter.value) else {
            return Refusal(
                "InvalidParameter",
                "config: \(name) is \(parameter.value), which is no size; write it like 512M or 2G"
            )
        }
        guard let memoryLimit, bytes > memoryLimit.bytes else { return nil }
        return Refusal(
            "BufferPoolTooLarge",
            "config: \(name) is \(parameter.value), more than the memory limit of \(memoryLimit); lower it or give the "
                + "members more memory"
        )
    }

    private static func bytes(_ text: String) -> Int64? {
        let shifts: [Character: Int64] = ["K": 10, "M": 20, "G": 30, "T": 40]
        guard let last = text.uppercased().last else { return nil }
        guard let shift = shifts[last] else { return Int64(text) }
        return Int64(text.dropLast()).flatMap { $0 >= 0 && $0 < 1 << 20 ? $0 << shift : nil }
    }
}
