import ArgumentParser

/// The program.
@main
struct DBaaSOperator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dbaas-operator",
        abstract: "One kind for every database in a Kubernetes cluster, and one for everything done to it.",
        discussion: """
            Exit codes: 0 done; 1 failed while running (the last line says why); 2 a check found something \
            (manifests --check, plan); 64 the command line is wrong.
            """,
        version: OperatorVersion.text,
        subcommands: [
            RunCommand.self, SandboxCommand.self, DemoCommand.self, ManifestsCommand.self, PlanCommand.self,
            VersionCommand.self,
            StandInsCommand.self,
        ]
    )

    static func main() async {
        let given = Array(CommandLine.arguments.dropFirst())
        do {
            await main(try RunVariables.completed(given, ProcessEnvironment.variables))
        } catch {
            exit(withError: error)
        }
    }
}
