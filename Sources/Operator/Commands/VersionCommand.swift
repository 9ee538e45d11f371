import ArgumentParser

/// `dbaas-operator version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() { print("dbaas-operator \(OperatorVersion.text)") }
}
