import ArgumentParser
import CRDs
import Logging
import YAML

/// How the operator works, wherever it runs.
struct OperatorOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A file that replaces the built-in size classes.", valueName: "file"))
    var sizeClasses: String?

    @Option(help: ArgumentHelp("How many objects each controller works on at once, 1 to 64.", valueName: "count"))
    var workers = 4

    @Option(
        help: ArgumentHelp(
            "How long a cluster at rest waits for its next look, 5 to 3600; else RECONCILE_INTERVAL, else 30.",
            valueName: "seconds"
        )
    )
    var reconcileInterval: ReconcileInterval?

    func validate() throws {
        guard (1...64).contains(workers) else {
            throw ValidationError("--workers is \(workers): it must be a whole number, 1 to 64")
        }
    }

    /// The settings that these options and the environment come to.
    ///
    /// Throws a sentence that names what is wrong.
    func settings() throws -> OperatorSettings {
        var settings = OperatorSettings()
        settings.ladder = try Self.ladder(sizeClasses)
        settings.workers = workers
        settings.interval = try interval().duration
        return settings
    }

    private func interval() throws -> ReconcileInterval {
        if let reconcileInterval { return reconcileInterval }
        do {
            return try ReconcileInterval(variable: ProcessEnvironment.variables["RECONCILE_INTERVAL"])
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// What the size classes mean by that file; without one, as they are built in.
    static func ladder(_ sizeClasses: String?) throws -> SizeLadder {
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
