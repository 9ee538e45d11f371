import Foundation

/// A folder that goes when nobody holds this any more.
final class TemporaryFolder: Sendable {
    let location: URL

    init() throws {
        location = FileManager.default.temporaryDirectory.appending(path: "dbaas-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: location, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: location) }

    /// The path of a file in it.
    func path(_ name: String) -> String { location.appending(path: name).path }
}
