import Glibc

/// Shows what was printed so far to whoever reads it, also when that is a pipe.
func flushOutput() { _ = fflush(nil) }

/// The terminal that people read the standard output on.
enum Terminal {
    /// Its width in characters; nil when a program or a file takes the output.
    static var width: Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

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
