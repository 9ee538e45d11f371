import ArgumentParser
import KubernetesClient

/// Which API server to talk to, and how much.
struct ClientOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The kubeconfig to use.", valueName: "file"))
    var kubeconfig: String?

    @Option(help: ArgumentHelp("The context of the kubeconfig; its current one when left out.", valueName: "name"))
    var context: String?

    // Far above what a fleet needs and far below what one connection pool can send: a brake for faults of our own.
    // Fairness among clients is the API server's business (priority and fairness).
    @Option(
        name: .customLong("kube-api-qps"),
        help: ArgumentHelp(
            "Requests a second to the API server in the long run, 0 for no limit; watches and the Lease do not count.",
            valueName: "rate"
        )
    )
    var rate = 200.0

    @Option(
        name: .customLong("kube-api-burst"),
        help: ArgumentHelp("Requests to the API server at once after a pause.", valueName: "count")
    )
    var burst = 1000

    func validate() throws {
        guard rate >= 0, rate.isFinite else { throw ValidationError("--kube-api-qps is \(rate): it must be 0 or more") }
        guard burst >= 1 else { throw ValidationError("--kube-api-burst is \(burst): it must be 1 or more") }
    }

    /// Throws a sentence when there is no configuration to be found.
    func configuration() throws -> ClientConfiguration {
        var configuration = try ClientConfiguration.discover(
            file: kubeconfig,
            context: context,
            environment: ProcessEnvironment.variables
        )
        configuration.rateLimit = RateLimit(rate: rate, burst: burst)
        return configuration
    }
}
