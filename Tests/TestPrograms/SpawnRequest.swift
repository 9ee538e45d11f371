internal import Glibc

/// What the system is asked to start.
struct SpawnRequest {
    /// The executable's path and its arguments.
    let command: [String]
    /// Each as NAME=value.
    let environment: [String]
    /// The paths of its standard input, output and error output; the last two are made anew.
    let files: [String]

    /// Starts it and gives its number.
    func start() throws(Failure) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, file) in files.enumerated() {
            let mode = number == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC | O_APPEND
            unsafe posix_spawn_file_actions_addopen(&actions, Int32(number), file, mode, 0o600)
        }
        // A test's socket that lived on in a program would never be seen closed by its other end.
        for open in openFiles() { unsafe posix_spawn_file_actions_addclose(&actions, open) }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        Self.forgetSignals(&attributes)

        var process = pid_t()
        let failure = unsafe Self.withPointers(to: command) { arguments in
            unsafe Self.withPointers(to: environment) { environment in
                unsafe posix_spawn(&process, command[0], &actions, &attributes, arguments, environment)
            }
        }
        guard failure == 0 else { throw Failure("\(command[0]) cannot be started: error \(failure)") }
        return process
    }

    /// The numbers of this process's files but the first; one that is closed meanwhile does no harm.
    private func openFiles() -> [Int32] {
        guard let folder = unsafe opendir("/proc/self/fd") else { return [] }
        defer { unsafe closedir(folder) }
        var numbers: [Int32] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if let number = Int32(name), number >= files.count { numbers.append(number) }
        }
        return numbers
    }

    /// The program blocks and ignores no signal, whatever the tests do.
    private static func forgetSignals(_ attributes: inout posix_spawnattr_t) {
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    }

    private static func withPointers(
        to strings: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> Int32 {
        var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
        defer { while let pointer = unsafe pointers.popLast() { unsafe free(pointer) } }
        return unsafe body(&pointers)
    }
}
