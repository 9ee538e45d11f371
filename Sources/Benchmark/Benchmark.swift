import ArgumentParser
import Glibc
import JSON

/// The program.
@main
struct DBaaSBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dbaas-benchmark",
        abstract: "Measure the operator against its budgets.",
        discussion: """
            Starts the dbaas-operator beside it as a process of its own, with the sandbox in another one, plays \
            CloudNativePG itself, and prints each figure with its budget. With --kubeconfig the fleets are made on that \
            server, each in a namespace of its own, which is removed afterwards.

            Exit codes: 0 all budgets are kept; 1 one is missed, or nothing could be measured; 64 the command line is \
            wrong.
            """
    )

    @Option(help: ArgumentHelp("The sizes of the fleets, separated by commas.", valueName: "count,…"))
    var clusters: String?

    @Option(
        help: ArgumentHelp(
            "The parts to run, separated by commas: fleets, start, providers, latency, modules.",
            valueName: "part,…"
        )
    )
    var parts: String?

    @Flag(help: "Use small numbers, which show that everything works; nothing is judged.")
    var quick = false

    @Option(help: ArgumentHelp("The server to make the fleets on, instead of sandboxes.", valueName: "file"))
    var kubeconfig: String?

    @Option(help: ArgumentHelp("Where to write the figures as JSON.", valueName: "file"))
    var json: String?

    @Option(name: .customLong("operator"), help: ArgumentHelp("The dbaas-operator to measure.", valueName: "file"))
    var dbaasOperator: String?

    func validate() throws { _ = try plan() }

    func run() async throws {
        let context = BenchmarkContext(
            plan: try plan(),
            executables: try Executables(named: dbaasOperator),
            folder: try WorkFolder(),
            kubeconfig: kubeconfig
        )
        let report = try await BenchmarkRun(context: context).report()
        print(report.table)
        print(report.verdict)
        if let json { try TextFile.write(report.json.prettyPrinted() + "\n", to: json) }
        if !report.missed.isEmpty { throw ExitCode.failure }
    }

    private func plan() throws -> BenchmarkPlan {
        var plan = quick ? BenchmarkPlan.quick : BenchmarkPlan()
        if let clusters {
            let sizes = clusters.split(separator: ",").map { Int($0) ?? 0 }
            guard !sizes.isEmpty, sizes.allSatisfy({ (1...100_000).contains($0) }) else {
                throw ValidationError("--clusters is \(clusters): give whole numbers, 1 to 100000, separated by commas")
            }
            plan.sizes = sizes.sorted()
        }
        if let parts {
            plan.parts = Set(
                try parts.split(separator: ",").map { name in
                    guard let part = Part(rawValue: String(name)) else {
                        let known = Part.allCases.map(\.rawValue).joined(separator: ", ")
                        throw ValidationError("--parts: \(name) is not known; known are \(known)")
                    }
                    return part
                }
            )
        }
        return plan
    }
}
