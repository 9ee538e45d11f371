import Glibc

/// The variables that this process was started with.
enum ProcessEnvironment {
    /// Read once; nothing in this program changes its environment.
    static let variables: [String: String] = {
        var variables: [String: String] = [:]
        // Sound because it runs once, and no other code of this process writes the environment.
        var place = unsafe environ
        while let entry = unsafe place.pointee {
            let parts = unsafe String(cString: entry).split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            unsafe place = unsafe place.advanced(by: 1)
        }
        return variables
    }()
}
