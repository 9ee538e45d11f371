import ArgumentParser
import CRDs
import Logging
import YAML

/// How the operator works, wherever it runs.
struct OperatorOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A file that replaces the built-in size classes.", valueName: "file"))
    var sizeClasses: String?

    /// The settings that these options and the environment come to.
    ///
    /// Throws a sentence that names what is wrong.
    func settings() throws -> OperatorSettings {
        var settings = OperatorSettings()
        settings.ladder = try ladder()
        do {
            settings.interval = try ReconcileInterval(variable: ProcessEnvironment.variables["RECONCILE_INTERVAL"])
                .duration
        } catch {
            throw ValidationError(error.description)
        }
        return settings
    }

    private func ladder() throws -> SizeLadder {
        guard let sizeClasses else { return .standard }
        guard let text = try TextFile.read(sizeClasses) else {
            throw ValidationError("--size-classes: there is no file \(sizeClasses)")
        }
        do {
            guard let value = try YAML.parse(Array(text.utf8)).first else {
                throw ValidationError("--size-classes: \(sizeClasses) is empty")
            }
            return try SizeLadder(value)
        } catch let error as ValidationError {
            throw error
        } catch {
            throw ValidationError("--size-classes: \(sizeClasses): \(error)")
        }
    }
}
