import ArgumentParser
import CRDs
import Glibc
import KubernetesAPI
import KubernetesClient
import Logging
import Providers
import Sandbox

/// `dbaas-operator plan`.
struct PlanCommand: AsyncParsableCommand {
    /// Whom the manifests are compared with.
    enum World: String, ExpressibleByArgument, CaseIterable {
        case live
        case sandbox
    }

    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what manifests would do before they are applied: every write, and what it disturbs.",
        discussion: """
            Each file may hold DatabaseClusters, OpsRequests and BackupStorages. They are judged by the API server as if \
            they were applied, and by the providers; nothing is stored. With --against sandbox no cluster is needed: the \
            world is empty then.

            Disruption is None, Rolling (members restart one after the other), Downtime (nobody serves for some time) or \
            DataLoss.

            Exit codes: 0 nothing worse than Rolling; 2 it would cause Downtime or DataLoss; 1 it would be refused, or a \
            manifest is wrong; 64 the command line is wrong.
            """
    )

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        help: ArgumentHelp("A file with manifests, - for the standard input; may be given again.", valueName: "file")
    )
    var files: [String] = []

    @Option(help: "Compare with the cluster that the kubeconfig names, or with an empty world (live, sandbox).")
    var against = World.live

    @Option(name: .shortAndLong, help: "How to write the plan (table, json, yaml).")
    var output = PlanReport.Format.table

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The namespace of manifests that name none; without it that of the kubeconfig's context.",
            valueName: "name"
        )
    )
    var namespace: String?

    @Option(help: ArgumentHelp("A file that replaces the built-in size classes, as `run` has it.", valueName: "file"))
    var sizeClasses: String?

    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("give a manifest with -f") }
    }

    func run() async throws {
        do {
            var documents: [ManifestDocument] = []
            for file in files {
                guard let text = try TextFile.read(file == "-" ? "/dev/stdin" : file) else {
                    throw ManifestDocument.Failure(description: "there is no file \(file)")
                }
                documents += try ManifestDocument.all(in: text, file: file)
            }
            let providers = ProviderFactory(sizes: try OperatorOptions.ladder(sizeClasses))
            let report = try await self.report(documents, providers)
            print(report.text(output), terminator: "")
            flushOutput()
            if report.exitCode != 0 { throw ExitCode(report.exitCode) }
        } catch let failure as ManifestDocument.Failure {
            throw Complaint(failure.description)
        } catch let failure as APIError {
            throw Complaint(failure.description)
        }
    }

    private func report(_ documents: [ManifestDocument], _ providers: ProviderFactory) async throws -> PlanReport {
        switch against {
        case .live:
            let configuration = try client.configuration()
            return try await PlanProgram(
                client: KubernetesClient(configuration: configuration, userAgent: OperatorVersion.userAgent),
                providers: providers,
                namespace: namespace ?? configuration.namespace
            ).report(documents)
        case .sandbox:
            var quiet = Logger(label: "dbaas-plan")
            quiet.logLevel = .critical
            return try await PlanProgram.inSandbox(
                documents,
                providers,
                namespace: namespace ?? "default",
                logger: quiet
            )
        }
    }

    /// A sentence that ends the program with 1.
    private struct Complaint: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }
}

extension PlanReport.Format: ExpressibleByArgument {}
