import Foundation
import TestPrograms
import Testing

extension EndToEndTests {
    /// What `make demo` shows after the build.
    @Suite("The demo")
    struct DemoTests {
        @Test("Shows a database from creation to deletion, the operation's evidence, and that nothing is left")
        func tellsTheStory() async throws {
            let samples = Programs.repository.appending(path: "config/samples").path
            let process = try Programs.startOperator(["demo", "--samples", samples])
            let status = try await process.finish(within: .seconds(150))
            let shown = process.output
            #expect(status == 0, "\(process.errorOutput.suffix(2000))")
            for words in ["Pending", "Ready", "3/3", "Succeeded", "5/5", "Nothing is left", "export KUBECONFIG"] {
                #expect(shown.contains(words), "the demo did not show \(words):\n\(shown)")
            }
        }
    }
}
