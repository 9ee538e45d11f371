import ArgumentParser
import KubernetesAPI
import KubernetesClient
import Logging
import Observability

/// `dbaas-operator run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the operator on a cluster.",
        discussion: """
            Without --kubeconfig it takes KUBECONFIG, ~/.kube/config, or the service account of the pod it runs in.

            Each flag can be given as a variable too: --lease-name is DBAAS_LEASE_NAME, and so on. The flag goes \
            before the variable. RECONCILE_INTERVAL is understood where DBAAS_RECONCILE_INTERVAL is not set.

            Signals: SIGTERM and SIGINT stop it in order, a second one at once. SIGUSR1 logs one level more, up to \
            trace; SIGUSR2 goes back to --log-level.

            Exit codes: 0 stopped by SIGTERM or SIGINT; 1 failed, or no longer the leader; 64 a flag or a variable \
            is wrong; 130 or 143 left at once, by a second SIGINT or SIGTERM.
            """
    )

    @OptionGroup(title: "API server") var client: ClientOptions

    @Option(help: ArgumentHelp("Namespaces to look at, separated by commas; all when left out.", valueName: "a,b"))
    var namespaces: String?

    @OptionGroup(title: "Health and metrics") var endpoints: EndpointOptions
    @OptionGroup var options: OperatorOptions
    @OptionGroup(title: "Leader election") var leader: LeaderOptions
    @OptionGroup(title: "Logs") var log: LogOptions

    func validate() throws {
        if let namespaces, namespaceList(namespaces).contains("") {
            throw ValidationError("--namespaces is \"\(namespaces)\": give names separated by commas")
        }
    }

    func run() async throws {
        let level = LogLevel(log.logLevel)
        let logger = log.logger(shared: level)
        var settings = try options.settings()
        settings.timings = try leader.timings()
        let configuration = try client.configuration()
        for warning in configuration.warnings { logger.warning("\(warning)") }
        settings.namespaces = namespaces.map(namespaceList)
        settings.isLeaderElected = leader.leaderElect
        settings.lease = ObjectKey(
            namespace: leader.leaseNamespace ?? configuration.namespace,
            name: leader.leaseName
        )
        let program = OperatorProgram(configuration, settings, endpoints: endpoints, level: level, logger: logger)
        try await program.run(untilSignalled: true)
    }

    private func namespaceList(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
}
