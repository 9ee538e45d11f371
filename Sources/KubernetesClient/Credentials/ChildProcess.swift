internal import Glibc

/// A program that is run to its end for what it writes.
enum ChildProcess {
    struct Output: Sendable, Equatable {
        /// As a shell reports it: 128 and the signal's number when a signal ended the program.
        let exitCode: Int32
        let bytes: [UInt8]
    }

    enum Failure: Error, Sendable, Equatable {
        case notFound
        case cannotStart(String)
        case timedOut(Duration)
        case outputTooLong
    }

    private static let longestOutput = 1 << 20

    /// Runs a program with no input and our own error output; blocks until it has ended or the time is over.
    static func run(
        _ command: String,
        _ arguments: [String],
        adding variables: [String: String],
        limit: Duration = .seconds(60)
    ) -> Result<Output, Failure> {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return .failure(.cannotStart(lastError())) }
        let (reading, writing) = (ends[0], ends[1])
        defer { close(reading) }
        // Without this a second plugin started meanwhile would hold our pipe open.
        _ = fcntl(reading, F_SETFD, FD_CLOEXEC)
        _ = fcntl(writing, F_SETFD, FD_CLOEXEC)
        let started = spawn(command, arguments, variables, output: writing)
        close(writing)
        switch started {
        case .failure(let failure): return .failure(failure)
        case .success(let process): return collect(process, from: reading, limit: limit)
        }
    }

    private static func spawn(
        _ command: String,
        _ arguments: [String],
        _ variables: [String: String],
        output: Int32
    ) -> Result<pid_t, Failure> {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // The program starts with no signal blocked, whatever the thread that starts it has blocked.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        // A group of its own, so that what it has started can be ended with it.
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))

        var process = pid_t()
        let code = unsafe withCStrings([command] + arguments) { arguments in
            unsafe withCStrings(environment(adding: variables)) { environment in
                unsafe posix_spawnp(&process, command, &actions, &attributes, arguments, environment)
            }
        }
        switch code {
        case 0: return .success(process)
        case ENOENT: return .failure(.notFound)
        default: return .failure(.cannotStart(unsafe String(cString: strerror(code))))
        }
    }

    private static func environment(adding variables: [String: String]) -> [String] {
        var lines: [String] = []
        var next = unsafe environ
        // `environ` ends with a null pointer, and nothing in this program changes it after the start.
        while let pointer = unsafe next.pointee {
            let line = unsafe String(cString: pointer)
            if variables[String(line.prefix { $0 != "=" })] == nil { lines.append(line) }
            unsafe next += 1
        }
        return lines + variables.map { "\($0.key)=\($0.value)" }
    }

    private static func collect(_ process: pid_t, from reading: Int32, limit: Duration) -> Result<Output, Failure> {
        let deadline = ContinuousClock.now + limit
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return end(process, .timedOut(limit)) }
            var ready = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
            let changed = unsafe poll(&ready, 1, Int32(min(left.components.seconds, 3600)) * 1000 + 100)
            guard changed > 0 else { continue }
            let count = unsafe read(reading, &buffer, buffer.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                return end(process, .cannotStart(lastError()))
            }
            bytes += buffer[..<count]
            guard bytes.count <= longestOutput else { return end(process, .outputTooLong) }
        }
        return .success(Output(exitCode: wait(process), bytes: bytes))
    }

    private static func end(_ process: pid_t, _ failure: Failure) -> Result<Output, Failure> {
        kill(-process, SIGKILL)
        _ = wait(process)
        return .failure(failure)
    }

    private static func wait(_ process: pid_t) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    private static func lastError() -> String { unsafe String(cString: strerror(errno)) }

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
