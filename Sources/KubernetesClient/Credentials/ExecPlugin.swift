internal import JSON
internal import KubernetesAPI

/// A program that gives credentials, as a kubeconfig's `exec` names it.
///
/// Speaks `client.authentication.k8s.io` v1 and v1beta1 (KEP-541); never asks anything on the terminal.
struct ExecPlugin: Sendable {
    static let apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]

    let command: String
    let arguments: [String]
    /// Added to our own environment.
    let environment: [String: String]
    let apiVersion: String
    let installHint: String
    /// The kubeconfig's name of the user, for messages.
    let user: String
    /// What the program is told of the cluster; nil when it does not ask.
    let cluster: JSONValue?

    init(_ exec: Kubeconfig.Entry, user: String, cluster: Kubeconfig.Entry) throws(ConfigurationError) {
        guard let command = exec["command"] else {
            throw ConfigurationError("User “\(user)” of the kubeconfig has an exec plugin without a command.")
        }
        let version = exec["apiVersion"] ?? ""
        guard Self.apiVersions.contains(version) else {
            throw ConfigurationError(
                "User “\(user)” of the kubeconfig has an exec plugin of version “\(version)”; "
                    + "\(Self.apiVersions.joined(separator: " and ")) are known."
            )
        }
        guard exec["interactiveMode"] != "Always" else {
            throw ConfigurationError(
                "The exec plugin of user “\(user)” wants to ask on a terminal (interactiveMode: Always); none is there."
            )
        }
        // A command with a slash counts from the kubeconfig's folder, one without is looked for in PATH.
        let isRelative = command.contains("/") && !command.hasPrefix("/")
        self.command = isRelative ? exec.folder + "/" + command : command
        arguments = (exec.fields["args"]?.array ?? []).compactMap(\.string)
        var variables: [String: String] = [:]
        for item in exec.fields["env"]?.array ?? [] {
            guard let name = item["name"]?.string else { continue }
            variables[name] = item["value"]?.string ?? ""
        }
        environment = variables
        apiVersion = version
        installHint = exec["installHint"] ?? ""
        self.user = user
        let wantsCluster = exec.fields["provideClusterInfo"]?.bool ?? false
        self.cluster = wantsCluster ? Self.info(cluster) : nil
    }

    private static func info(_ cluster: Kubeconfig.Entry) -> JSONValue {
        var info: JSONValue = [:]
        for field in [
            "server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url",
        ] {
            info[field] = cluster.fields[field]
        }
        if info["certificate-authority-data"] == nil, let path = cluster.path("certificate-authority"),
            let bytes = LocalFile.bytes(path)
        {
            info["certificate-authority-data"] = .string(Base64.encode(bytes))
        }
        for item in cluster.fields["extensions"]?.array ?? []
        where item["name"]?.string == "client.authentication.k8s.io/exec" {
            info["config"] = item["extension"]
        }
        return info
    }

    /// The text for `KUBERNETES_EXEC_INFO`.
    var info: String {
        var spec: JSONValue = ["interactive": false]
        spec["cluster"] = cluster
        let info: JSONValue = ["apiVersion": .string(apiVersion), "kind": "ExecCredential", "spec": spec]
        return info.description
    }

    /// Runs the program and reads what it says.
    ///
    /// Blocks; not for a task's thread.
    func run() -> Result<ExecCredential, CredentialError> {
        var variables = environment
        variables["KUBERNETES_EXEC_INFO"] = info
        let output: ChildProcess.Output
        switch ChildProcess.run(command, arguments, adding: variables) {
        case .success(let finished): output = finished
        case .failure(.notFound):
            let hint = installHint.isEmpty ? "" : " \(installHint)"
            return failure("is not there: install \(command) and make sure that it is in PATH.\(hint)")
        case .failure(.cannotStart(let reason)): return failure("cannot be started: \(reason).")
        case .failure(.timedOut(let limit)):
            return failure("did not end within \(limit.components.seconds) s and was stopped.")
        case .failure(.outputTooLong): return failure("wrote more than can be credentials.")
        }
        guard output.exitCode == 0 else {
            return failure("ended with \(output.exitCode); what it wrote to its error output says why.")
        }
        guard let answer = try? JSONValue(parsing: output.bytes) else { return failure("did not answer in JSON.") }
        guard answer["kind"]?.string == "ExecCredential", answer["apiVersion"]?.string == apiVersion else {
            return failure("did not answer with an ExecCredential of \(apiVersion).")
        }
        guard let credential = ExecCredential(answer["status"] ?? [:]) else {
            return failure("answered without a token and without a whole client certificate.")
        }
        return .success(credential)
    }

    private func failure<Value>(_ what: String) -> Result<Value, CredentialError> {
        .failure(CredentialError(message: "The credential plugin “\(command)” of user “\(user)” \(what)"))
    }
}
