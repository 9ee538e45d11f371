import Foundation
import Testing

@Suite("Inputs that fuzzing has found, and seeds for it")
struct CorpusTests {
    static let corpus = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "FuzzCorpus")

    @Test("Every kept input leaves every promise kept", arguments: FuzzTarget.allCases)
    func corpusKeepsPromises(target: FuzzTarget) throws {
        let folder = Self.corpus.appending(path: target.rawValue)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        try #require(!names.isEmpty, "there is no input in \(folder.path)")
        for name in names {
            let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
            do { try target.check(bytes) } catch { Issue.record("\(target.rawValue)/\(name): \(error)") }
        }
    }

    @Test("A kept input cut off anywhere leaves every promise kept", arguments: FuzzTarget.allCases)
    func cutInputsKeepPromises(target: FuzzTarget) throws {
        let folder = Self.corpus.appending(path: target.rawValue)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
            let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
            for length in 0..<min(bytes.count, 400) {
                do {
                    try target.check(Array(bytes.prefix(length)))
                } catch {
                    Issue.record("the first \(length) bytes of \(target.rawValue)/\(name): \(error)")
                }
            }
        }
    }
}
