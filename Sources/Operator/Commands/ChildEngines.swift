import ArgumentParser
import Sandbox

/// The value of `--engines`: child operators, separated by commas.
enum ChildEngines {
    /// All that there is a stand-in for.
    static let all = SandboxConfiguration.ChildEngine.allCases.map(\.rawValue).joined(separator: ",")

    /// - Throws: `ValidationError` when a name is not known.
    static func parse(_ text: String) throws -> Set<SandboxConfiguration.ChildEngine> {
        let engines = try text.split(separator: ",").map { name in
            guard let engine = SandboxConfiguration.ChildEngine(rawValue: String(name)) else {
                throw ValidationError("--engines: \(name) is not known; known are \(all)")
            }
            return engine
        }
        return Set(engines)
    }
}
