import Glibc
import Synchronization

/// A program that was started, with its output in a file.
///
/// It shares our process group, so that an interrupt at the terminal ends it too.
final class Program: Sendable {
    let identifier: pid_t
    /// The file with what it has said.
    let log: String
    private let isEnded = Mutex(false)

    /// Starts an executable, looked for on the path unless its name has a slash.
    init(_ executable: String, _ arguments: [String], log: String) throws(BenchmarkFailure) {
        self.log = log
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // It starts with no signal blocked, whatever the thread that starts it has blocked.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var process = pid_t()
        let code = unsafe Self.withCStrings([executable] + arguments) { arguments in
            unsafe Self.withCStrings(Self.environment) { environment in
                unsafe posix_spawnp(&process, executable, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else {
            throw BenchmarkFailure("cannot start \(executable): \(unsafe String(cString: strerror(code)))")
        }
        identifier = process
    }

    deinit { end(by: SIGKILL) }

    var isRunning: Bool {
        isEnded.withLock { isEnded in
            if !isEnded { isEnded = waitpid(identifier, nil, WNOHANG) != 0 }
            return !isEnded
        }
    }

    /// The last of what it has said, for a failure's sentence.
    var lastWords: String { String((TextFile.read(log) ?? "").suffix(1000)) }

    func send(_ signal: Int32) { if isRunning { kill(identifier, signal) } }

    /// Asks it to end, insists after ten seconds, and waits for the end.
    func stop(by signal: Int32 = SIGTERM) async {
        send(signal)
        let limit = ContinuousClock.now + .seconds(10)
        while isRunning, ContinuousClock.now < limit {
            do { try await Task.sleep(for: .milliseconds(20)) } catch { break }
        }
        end(by: SIGKILL)
    }

    private func end(by signal: Int32) {
        isEnded.withLock { isEnded in
            guard !isEnded else { return }
            kill(identifier, signal)
            isEnded = waitpid(identifier, nil, 0) == identifier
        }
    }

    /// Our environment without what changes how the operator works.
    private static var environment: [String] {
        var lines: [String] = []
        // `environ` ends with a null pointer, and nothing in this program changes it after the start.
        var next = unsafe environ
        while let pointer = unsafe next.pointee {
            let line = unsafe String(cString: pointer)
            if !line.hasPrefix("DBAAS_"), !line.hasPrefix("RECONCILE_INTERVAL=") { lines.append(line) }
            unsafe next += 1
        }
        return lines
    }

    /// Gives the strings as C wants them, for the time of the call.
    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = unsafe strings.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        defer { while let pointer = unsafe pointers.popLast() { unsafe free(pointer) } }
        return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
            guard let first = buffer.baseAddress else {
                var none: UnsafeMutablePointer<CChar>?
                return unsafe body(&none)
            }
            return unsafe body(first)
        }
    }
}
