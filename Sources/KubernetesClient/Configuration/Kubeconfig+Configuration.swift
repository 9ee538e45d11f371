internal import HTTP
internal import JSON
internal import KubernetesAPI

extension Kubeconfig {
    /// What a context says; nil = the current one.
    func configuration(context chosen: String?) throws(ConfigurationError) -> ClientConfiguration {
        guard let name = chosen ?? currentContext else {
            throw ConfigurationError(
                "The kubeconfig names no current context; choose one by --context\(Self.choice(contexts.keys))."
            )
        }
        guard let context = contexts[name] else {
            throw ConfigurationError("The kubeconfig has no context “\(name)”\(Self.choice(contexts.keys)).")
        }
        guard let clusterName = context["cluster"], let cluster = clusters[clusterName] else {
            throw ConfigurationError(
                "Context “\(name)” of the kubeconfig names the cluster “\(context["cluster"] ?? "")”, which is not in it."
            )
        }
        guard let server = cluster["server"] else {
            throw ConfigurationError("Cluster “\(clusterName)” of the kubeconfig has no server.")
        }
        let address = server.contains("://") ? server : "https://" + server
        guard address.hasPrefix("https://") || address.hasPrefix("http://") else {
            throw ConfigurationError(
                "Cluster “\(clusterName)” of the kubeconfig has the server \(server); it must begin with https://."
            )
        }
        var http = try options(of: cluster, named: clusterName)
        var credentials = Credentials.none
        if let userName = context["user"] {
            guard let user = users[userName] else {
                throw ConfigurationError(
                    "Context “\(name)” of the kubeconfig names the user “\(userName)”, which is not in it."
                )
            }
            http.tls.identity = try Self.identity(of: user, named: userName)
            credentials = try Self.credentials(of: user, named: userName, cluster: cluster)
        }
        var configuration = ClientConfiguration(
            server: address,
            namespace: context["namespace"] ?? "default",
            http: http,
            credentials: credentials
        )
        configuration.warnings = Self.warnings(configuration, cluster: clusterName)
        return configuration
    }

    private static func choice(_ names: some Collection<String>) -> String {
        names.isEmpty ? "; it has none" : "; it has " + names.sorted().joined(separator: ", ")
    }

    private func options(of cluster: Entry, named name: String) throws(ConfigurationError) -> HTTPOptions {
        var http = HTTPOptions()
        http.tls.authorities = try Self.material(cluster, "certificate-authority", owner: "cluster “\(name)”")
        http.tls.isInsecure = cluster.fields["insecure-skip-tls-verify"]?.bool ?? false
        http.tls.serverName = cluster["tls-server-name"]
        http.proxy = cluster["proxy-url"]
        return http
    }

    /// Data has precedence over a file, as everywhere in a kubeconfig.
    private static func material(
        _ entry: Entry,
        _ field: String,
        owner: String
    ) throws(ConfigurationError) -> TLSMaterial? {
        if let data = entry[field + "-data"] {
            guard let bytes = try? Base64.decode(data), !bytes.isEmpty else {
                throw ConfigurationError("\(field)-data of \(owner) in the kubeconfig is no valid Base64.")
            }
            return .pem(bytes)
        }
        guard let path = entry.path(field) else { return nil }
        guard LocalFile.exists(path) else {
            throw ConfigurationError("\(field) of \(owner) in the kubeconfig names \(path), which does not exist.")
        }
        return .file(path)
    }

    private static func identity(of user: Entry, named name: String) throws(ConfigurationError) -> TLSIdentity? {
        let certificate = try material(user, "client-certificate", owner: "user “\(name)”")
        let key = try material(user, "client-key", owner: "user “\(name)”")
        switch (certificate, key) {
        case (let certificate?, let key?): return TLSIdentity(certificate: certificate, key: key)
        case (nil, nil): return nil
        default:
            throw ConfigurationError(
                "User “\(name)” of the kubeconfig has a client certificate or a client key, but not both."
            )
        }
    }

    private static func credentials(
        of user: Entry,
        named name: String,
        cluster: Entry
    ) throws(ConfigurationError) -> Credentials {
        // A file has precedence, because the token beside it is often a stale copy.
        if let path = user.path("tokenFile") { return .tokenFile(path) }
        if let token = user["token"] { return .token(token) }
        if let userName = user["username"] { return .basic(user: userName, password: user["password"] ?? "") }
        if let exec = user.fields["exec"], exec.object != nil {
            return .exec(try ExecPlugin(Entry(fields: exec, folder: user.folder), user: name, cluster: cluster))
        }
        if let provider = user.fields["auth-provider"]?["name"]?.string {
            throw ConfigurationError(
                "User “\(name)” of the kubeconfig uses the auth-provider “\(provider)”, which Kubernetes gave up in 1.26; "
                    + "use its exec plugin."
            )
        }
        return .none
    }

    private static func warnings(_ configuration: ClientConfiguration, cluster: String) -> [String] {
        var warnings: [String] = []
        if configuration.http.tls.isInsecure {
            warnings.append(
                "Cluster “\(cluster)” is used with insecure-skip-tls-verify: anybody in between can read and change all "
                    + "that is sent, credentials included."
            )
        }
        if configuration.server.hasPrefix("http://"), configuration.credentials.areSecret {
            warnings.append(
                "Cluster “\(cluster)” is used without TLS: credentials are sent readable by anybody in between."
            )
        }
        return warnings
    }
}
