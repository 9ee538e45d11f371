import ArgumentParser
import Endpoints
import KubernetesClient
import Logging

/// `dbaas-operator run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the operator on a cluster.",
        discussion: """
            Without --kubeconfig it takes KUBECONFIG, ~/.kube/config, or the service account of the pod it runs in. \
            The variable RECONCILE_INTERVAL (seconds, 5 to 3600, default 30) is how long a cluster at rest waits for \
            its next look.

            Exit codes: 0 stopped by SIGTERM or SIGINT; 1 failed, or no longer the leader; 64 the command line is wrong.
            """
    )

    @Option(help: ArgumentHelp("The kubeconfig to use.", valueName: "file"))
    var kubeconfig: String?

    @Option(help: ArgumentHelp("The context of the kubeconfig; its current one when left out.", valueName: "name"))
    var context: String?

    @Option(help: ArgumentHelp("Namespaces to look at, separated by commas; all when left out.", valueName: "a,b"))
    var namespaces: String?

    @Option(help: ArgumentHelp("Whether to act only as the leader among several operators.", valueName: "bool"))
    var leaderElect = true

    @Option(help: ArgumentHelp("Where to serve health and metrics: ADDR:PORT, or off.", valueName: "addr:port"))
    var listen = EndpointsAddress.address(ListenAddress(host: "0.0.0.0", port: 8080))

    @OptionGroup var options: OperatorOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        if let namespaces, namespaceList(namespaces).contains("") {
            throw ValidationError("--namespaces is \"\(namespaces)\": give names separated by commas")
        }
    }

    func run() async throws {
        let logger = log.logger()
        let configuration = try ClientConfiguration.discover(
            file: kubeconfig,
            context: context,
            environment: ProcessEnvironment.variables
        )
        for warning in configuration.warnings { logger.warning("\(warning)") }
        var settings = try options.settings()
        settings.namespaces = namespaces.map(namespaceList)
        settings.isLeaderElected = leaderElect
        settings.leaseNamespace = configuration.namespace
        let program = OperatorProgram(configuration, settings, listen: listen, logger: logger)
        try await program.run(untilSignalled: true)
    }

    private func namespaceList(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
}
