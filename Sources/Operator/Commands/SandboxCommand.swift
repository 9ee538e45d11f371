import ArgumentParser
import Endpoints
import Glibc
import KubernetesClient
import Logging
import Sandbox
import ServiceLifecycle

/// `dbaas-operator sandbox`.
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Run a Kubernetes API server in this process, with stand-ins for the child operators.",
        discussion: """
            For trying things out and for tests, never for production: everything is kept in memory and is gone when it \
            ends, and whoever reaches the address may do everything. When it is ready to serve it prints the line that \
            points kubectl at it.

            Exit codes: 0 stopped by SIGTERM or SIGINT; 1 failed; 64 the command line is wrong.
            """
    )

    @Option(help: ArgumentHelp("Where to listen; port 0 takes a free one.", valueName: "addr:port"))
    var listen = ListenAddress(host: "127.0.0.1", port: 8443)

    @Option(help: ArgumentHelp("Where to write the kubeconfig.", valueName: "file"))
    var kubeconfigOut = "dbaas-sandbox.kubeconfig"

    @Flag(help: "Serve the API and the stand-ins alone.")
    var noOperator = false

    @Flag(help: "Play neither child operators nor the node: nothing becomes ready by itself.")
    var noStandIns = false

    @Option(help: ArgumentHelp("The child operators to stand in for, separated by commas.", valueName: "cnpg,…"))
    var engines = ChildEngines.all

    @Option(help: ArgumentHelp("How many times faster than life the stand-ins work.", valueName: "factor"))
    var speed = 1.0

    @OptionGroup var options: OperatorOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard speed > 0, speed.isFinite else { throw ValidationError("--speed is \(speed): it must be more than 0") }
        _ = try ChildEngines.parse(engines)
    }

    func run() async throws {
        var configuration = SandboxConfiguration()
        configuration.host = listen.host
        configuration.port = listen.port
        configuration.speed = speed
        configuration.engines = try ChildEngines.parse(engines)
        configuration.hasStandIns = !noStandIns
        let file = kubeconfigOut
        let sandbox = SandboxProgram(
            configuration,
            settings: noOperator ? nil : try options.settings(),
            logger: log.logger("dbaas-sandbox", level: log.logLevel)
        ) { address in
            try TextFile.write(Kubeconfig.text(address: address), to: file, mode: 0o600)
            print(
                "The sandbox serves http://\(address). It is not for production: nothing is kept, nobody is asked who they are."
            )
            print("export KUBECONFIG=\(try AbsolutePath.of(file))")
            flushOutput()
        }
        try await sandbox.run(untilSignalled: true)
    }
}
