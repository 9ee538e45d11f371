import ArgumentParser

/// `dbaas-operator manifests`.
struct ManifestsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manifests",
        abstract: "Write the definitions and the role that a cluster needs, from this program's own types.",
        discussion: "Exit codes: 0 written, or current with --check; 2 with --check when a file is not current."
    )

    @Option(help: ArgumentHelp("The folder to write below.", valueName: "dir"))
    var out = "config"

    @Flag(help: "Write nothing; name the files that differ and exit with 2 when there are any.")
    var check = false

    func run() throws {
        let stale = try Manifests.files().filter { file in
            try TextFile.read("\(out)/\(file.path)") != file.text
        }
        if check {
            for file in stale {
                print("\(out)/\(file.path) is not current: run `dbaas-operator manifests --out \(out)`")
            }
            if !stale.isEmpty { throw ExitCode(2) }
            return
        }
        for file in stale {
            try TextFile.write(file.text, to: "\(out)/\(file.path)")
            print("wrote \(out)/\(file.path)")
        }
    }
}
