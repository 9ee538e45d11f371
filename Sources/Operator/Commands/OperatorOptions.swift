import ArgumentParser
import CRDs
import Logging
import YAML

/// How the operator works, wherever it runs.
struct OperatorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A file that replaces the built-in size classes.", valueName: "file")
    )
    var sizeClasses: String?

    @Option(help: "How much to log: trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .info

    @Option(help: "How to log: json, text, or auto, which is text on a terminal.")
    var logFormat: LogFormat = .auto

    /// The built-in ladder, or the file's.
    ///
    /// Throws a sentence that names the file.
    func ladder() throws -> SizeLadder {
        guard let sizeClasses else { return .standard }
        guard let text = try TextFile.read(sizeClasses) else {
            throw ValidationError("--size-classes: there is no file \(sizeClasses)")
        }
        guard let value = try YAML.parse(Array(text.utf8)).first else {
            throw ValidationError("--size-classes: \(sizeClasses) is empty")
        }
        do {
            return try SizeLadder(value)
        } catch {
            throw ValidationError("--size-classes: \(sizeClasses): \(error)")
        }
    }
}

/// What log lines look like.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case auto
    case json
    case text
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
