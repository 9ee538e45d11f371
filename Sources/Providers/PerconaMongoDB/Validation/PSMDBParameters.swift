import CRDs

/// The rules for parameters of MongoDB: of `spec.config`, of the config servers and of the routers.
struct PSMDBParameters {
    private let parameters: [ConfigParameter]
    /// Where they stand, for sentences.
    private let place: String
    private let isRouter: Bool

    init(_ parameters: [ConfigParameter], at place: String, isRouter: Bool = false) {
        self.parameters = parameters
        self.place = place
        self.isRouter = isRouter
    }

    /// In the order of the parameters.
    func refusals() -> [Refusal] {
        parameters.compactMap { refusal(of: $0) } + [contradiction].compactMap(\.self)
    }

    private func refusal(of parameter: ConfigParameter) -> Refusal? {
        let (name, path) = (parameter.name, PSMDBConfiguration.path(parameter.name))
        guard path.count > 1, path.allSatisfy(Self.isName) else {
            return Refusal(
                "InvalidParameter",
                "\(place): \(name) is no option of MongoDB's configuration file; write it with its section, like "
                    + "systemLog.verbosity or setParameter.cursorTimeoutMillis"
            )
        }
        guard Self.sections.contains(path[0]) else {
            return Refusal(
                "InvalidParameter",
                "\(place): MongoDB has no section \(path[0]), and does not start with an option that it does not know; "
                    + "there are \(Self.sections.sorted().joined(separator: ", "))"
            )
        }
        if isRouter, ["storage", "replication", "operationProfiling"].contains(path[0]) {
            return Refusal(
                "InvalidParameter",
                "\(place): \(name) is an option of members, and routers do not start with it"
            )
        }
        if let advice = Self.fixed[name] ?? Self.fixed.first(where: { name.hasPrefix("\($0.key).") })?.value {
            return Refusal(
                "ForbiddenParameter",
                "\(place): \(name) is set by Percona's operator itself and cannot be changed; \(advice)"
            )
        }
        guard parameter.value.utf8.allSatisfy({ $0 >= 0x20 }) else {
            return Refusal("InvalidParameter", "\(place): the value of \(name) has a line break or control character")
        }
        return nil
    }

    /// One option would be a value and a section at once.
    private var contradiction: Refusal? {
        let names = Set(parameters.map(\.name))
        for name in parameters.map(\.name) where !name.hasPrefix("setParameter.") {
            let outer = names.first { $0 != name && name.hasPrefix("\($0).") }
            guard let outer else { continue }
            return Refusal("InvalidParameter", "\(place): \(outer) cannot have a value of its own and \(name) in it")
        }
        return nil
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetter(first) else { return false }
        return text.utf8.allSatisfy {
            isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".")
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }

    private static let sections: Set = [
        "auditLog", "net", "operationProfiling", "processManagement", "replication", "security", "setParameter",
        "sharding", "storage", "systemLog",
    ]

    /// What stands on the command line of mongod anyway, with what to do instead (pkg/psmdb/container.go).
    private static let fixed = [
        "net.port": "clients, probes and backups expect 27017", "net.bindIp": "leave it out",
        "net.bindIpAll": "leave it out", "net.tls": "use providerOptions.tls", "net.ssl": "use providerOptions.tls",
        "storage.dbPath": "leave it out", "storage.engine": "leave it out",
        "storage.wiredTiger.engineConfig.cacheSizeGB": "use providerOptions.cacheSizePercent",
        "replication.replSetName": "leave it out", "replication.replSet": "leave it out",
        "security.keyFile": "leave it out", "security.authorization": "leave it out",
        "security.clusterAuthMode": "leave it out", "security.enableEncryption": "leave it out",
        "security.encryptionKeyFile": "leave it out", "sharding.clusterRole": "use spec.shards",
        "sharding.configDB": "leave it out", "processManagement.fork": "leave it out",
    ]
}
