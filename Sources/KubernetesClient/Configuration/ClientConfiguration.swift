internal import HTTP

/// Why no configuration could be put together; the message says what to do.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String

    init(_ message: String) { self.message = message }

    package var description: String { message }
}

/// A limit that a client sets itself, so that a fault of its own does not become the API server's.
package struct RateLimit: Sendable, Equatable {
    /// Requests a second in the long run; more than 0.
    package let rate: Double
    /// Requests at once after a pause; at least 1.
    package let burst: Int

    /// A limit; nil unless both are in their range.
    package init?(rate: Double, burst: Int) {
        guard rate > 0, rate.isFinite, burst >= 1 else { return nil }
        self.rate = rate
        self.burst = burst
    }
}

/// Which API server to talk to, and as whom.
package struct ClientConfiguration: Sendable {
    /// Scheme, host, port and, behind some gateways, a path; without a slash at the end.
    package var server: String
    /// The namespace of the context, or the pod's own.
    package var namespace: String
    /// Sentences for the log about what is unusual or unsafe in the configuration.
    package var warnings: [String] = []
    /// The longest time for one request, waiting for a free connection included; watches are not concerned.
    package var requestTimeout: Duration = .seconds(30)

    /// How many requests may be sent at once, and how many a second in the long run; watches are not concerned.
    ///
    /// Nil = no limit of our own.
    package var rateLimit: RateLimit?

    var http: HTTPOptions
    var credentials: Credentials

    /// A server that asks for no credentials, as the sandbox; also the start of every other configuration.
    package init(server: String, namespace: String = "default") {
        self.init(server: server, namespace: namespace, http: HTTPOptions(), credentials: .none)
    }

    init(server: String, namespace: String, http: HTTPOptions, credentials: Credentials) {
        var trimmed = Substring(server)
        while trimmed.last == "/" { trimmed.removeLast() }
        self.server = String(trimmed)
        self.namespace = namespace
        self.http = http
        self.credentials = credentials
    }

    /// Host and port, for metrics.
    package var host: String {
        guard let scheme = server.firstRange(of: "://") else { return server }
        return String(server[scheme.upperBound...].prefix { $0 != "/" })
    }

    /// How many requests may be under way at once; watches do not count.
    package var requestsInFlight: Int {
        get { http.requestsInFlight }
        set { http.requestsInFlight = newValue }
    }
}

extension ClientConfiguration {
    /// Finds the configuration as kubectl does.
    ///
    /// A file that is named must be there. Else `KUBECONFIG` counts (several files, parted by colons, are merged), else
    /// `~/.kube/config`, else the service account of the pod that we run in.
    ///
    /// - Parameters:
    ///   - file: The kubeconfig to use; nil = look for one.
    ///   - context: The context to use; nil = the file's current one.
    ///   - environment: The process's environment.
    package static func discover(
        file: String? = nil,
        context: String? = nil,
        environment: [String: String]
    ) throws(ConfigurationError) -> ClientConfiguration {
        if let file { return try Kubeconfig(files: [file]).configuration(context: context) }
        let named = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        if !named.isEmpty {
            let present = named.filter(LocalFile.exists)
            guard !present.isEmpty else {
                throw ConfigurationError(
                    "KUBECONFIG names \(named.joined(separator: ", ")), but no such file exists; correct it or unset it."
                )
            }
            return try Kubeconfig(files: present).configuration(context: context)
        }
        if let home = environment["HOME"], LocalFile.exists(home + "/.kube/config") {
            return try Kubeconfig(files: [home + "/.kube/config"]).configuration(context: context)
        }
        if let inCluster = try inCluster(environment: environment) { return inCluster }
        throw ConfigurationError(
            "No cluster to talk to: name a kubeconfig by --kubeconfig or KUBECONFIG, or put one at ~/.kube/config; "
                + "inside a cluster the pod needs a service account."
        )
    }

    /// The service account of the pod that we run in; nil when this is no pod.
    ///
    /// The token's file is read again whenever it changes, the authorities' file at each new connection.
    package static func inCluster(
        environment: [String: String],
        folder: String = "/var/run/secrets/kubernetes.io/serviceaccount"
    ) throws(ConfigurationError) -> ClientConfiguration? {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
            let port = environment["KUBERNETES_SERVICE_PORT"], !port.isEmpty
        else { return nil }
        guard LocalFile.exists(folder + "/token"), LocalFile.exists(folder + "/ca.crt") else {
            throw ConfigurationError(
                "This is a pod, but \(folder) holds no token and ca.crt; "
                    + "set automountServiceAccountToken: true and a serviceAccountName."
            )
        }
        var http = HTTPOptions()
        http.tls.authorities = .file(folder + "/ca.crt")
        let namespace = LocalFile.text(folder + "/namespace")?.trimmed ?? "default"
        return ClientConfiguration(
            server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)",
            namespace: namespace.isEmpty ? "default" : namespace,
            http: http,
            credentials: .tokenFile(folder + "/token")
        )
    }
}
