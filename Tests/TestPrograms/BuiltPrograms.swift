package import Foundation

/// The executables of the same build, beside the tests' own.
package enum BuiltPrograms {
    /// The executable of a name; nil when it was not built.
    package static func executable(_ name: String) -> URL? {
        let file = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: name)
        return FileManager.default.isExecutableFile(atPath: file.path) ? file : nil
    }

    /// Whether this is CI, where a missing program is a failure and no test is skipped.
    package static var isNeeded: Bool { ProcessInfo.processInfo.environment["CI"] != nil }
}
