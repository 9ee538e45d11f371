import Glibc

/// Shows what was printed so far to whoever reads it, also when that is a pipe.
func flushOutput() { _ = fflush(nil) }

/// Whether people read the standard output, rather than a program or a file.
var isOutputATerminal: Bool { isatty(STDOUT_FILENO) == 1 }

/// Paths as other programs can use them.
enum AbsolutePath {
    /// The absolute path of a file that exists.
    static func of(_ path: String) throws(TextFile.Failure) -> String {
        guard let resolved = unsafe realpath(path, nil) else {
            throw TextFile.Failure(description: "cannot find \(path)")
        }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }
}
