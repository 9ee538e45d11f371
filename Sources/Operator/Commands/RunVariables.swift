import ArgumentParser

/// The flags of `run` as variables, so that a Deployment can be adjusted without rewriting its arguments.
///
/// `--lease-name` is `DBAAS_LEASE_NAME`, and so on. A flag on the command line goes before its variable.
enum RunVariables {
    /// All flags that a variable can stand for, without their dashes; a test compares them with the help.
    static let flags = [
        "kubeconfig", "context", "kube-api-qps", "kube-api-burst", "namespaces", "leader-elect", "lease-name",
        "lease-namespace", "lease-duration",
        "lease-renew-deadline", "lease-retry-period", "listen", "metrics-token-file", "workers", "reconcile-interval",
        "size-classes",
        "log-level", "log-format",
    ]

    /// The variable of a flag.
    static func variable(of flag: String) -> String {
        "DBAAS_" + String(flag.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    /// The command line with what the variables say in it.
    ///
    /// Variables that begin with `DBAAS_` and belong to no flag are left alone: a cluster sets such ones itself for a
    /// Service of that name. Throws a sentence that names the variable.
    static func completed(_ arguments: [String], _ variables: [String: String]) throws -> [String] {
        guard arguments.first == RunCommand._commandName, !arguments.contains("--help"), !arguments.contains("-h")
        else {
            return arguments
        }
        var added: [String] = []
        for flag in flags {
            let variable = variable(of: flag)
            guard let value = variables[variable], !value.isEmpty,
                !arguments.contains(where: { $0 == "--\(flag)" || $0.hasPrefix("--\(flag)=") })
            else { continue }
            let argument = "--\(flag)=\(value)"
            do {
                _ = try RunCommand.parse([argument])
            } catch {
                throw ValidationError(
                    "\(variable) is \"\(value)\", which cannot be used: \(RunCommand.message(for: error))"
                )
            }
            added.append(argument)
        }
        return arguments.prefix(1) + added + arguments.dropFirst()
    }
}
