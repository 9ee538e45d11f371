import Glibc

/// The operator's executable.
struct Executables: Sendable {
    let dbaasOperator: String

    /// The one that is named, or the one beside our own.
    init(named path: String?) throws(BenchmarkFailure) {
        let file = path ?? Self.ownFolder + "/dbaas-operator"
        guard unsafe access(file, X_OK) == 0 else {
            throw BenchmarkFailure("there is no executable \(file): build it, or name another one by --operator")
        }
        dbaasOperator = file
    }

    private static var ownFolder: String {
        guard let resolved = unsafe realpath("/proc/self/exe", nil) else { return "." }
        defer { unsafe free(resolved) }
        let path = unsafe String(cString: resolved)
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
