import Foundation
import TestPrograms
import Testing

@Suite("Programs that tests start")
struct ChildProcessTests {
    private let shell = URL(filePath: "/bin/sh")

    @Test("A program's words, status and folder are told, and a signal ends it")
    func life() async throws {
        let folder = try TemporaryFolder()
        let program = try ChildProcess(
            shell,
            ["-c", "cat; pwd; echo $WORD; echo bad >&2; exit 3"],
            environment: ["WORD": "said"],
            in: folder.location,
            input: "given\n"
        )
        #expect(try await program.finish() == 3)
        #expect(program.output == "given\n\(folder.location.path)\nsaid\n")
        #expect(program.errorOutput == "bad\n")
        let endless = try ChildProcess(shell, ["-c", "exec sleep 1000"])
        #expect(endless.isRunning)
        endless.signal(SIGKILL)
        #expect(try await endless.finish() == 128 + SIGKILL)
        #expect(endless.status == nil)
    }

    @Test("It inherits no open file, and none stays open in the tests for its sake")
    func files() async throws {
        let held = unsafe open("/dev/null", O_RDONLY)
        defer { close(held) }
        let program = try ChildProcess(shell, ["-c", "ls /proc/$$/fd"])
        #expect(try await program.finish() == 0)
        #expect(program.output == "0\n1\n2\n")
        let ours = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
        #expect(ours.allSatisfy { !$0.contains("dbaas-test-") })
    }

    @Test("What is no program cannot be started, and its name is told")
    func missing() throws {
        #expect(throws: Failure.self) { try ChildProcess(URL(filePath: "/nowhere/program"), []) }
    }
}
