import CRDs
import JSON

/// Which versions KubeDB upgrades to from which, as its catalogue says (`updateConstraints`, `pkg/webhooks/ops/v1alpha1`).
struct KubeDBUpgradePath {
    private let engine: KubeDBEngine

    init(_ engine: KubeDBEngine) { self.engine = engine }

    /// Whether the way is open.
    func allows(_ target: KubeDBVersion, from running: KubeDBVersion) -> Bool {
        if engine.engine == .postgresql, Self.family(target) != Self.family(running) { return false }
        if engine.engine == .elasticsearch, target.distribution != running.distribution { return false }
        // KubeDB refuses whatever it is asked for where it cannot read one of them.
        guard unreadable(of: running) == nil else { return false }
        let (allowed, denied) = (texts("allowlist", of: running), texts("denylist", of: running))
        func holds(_ text: String) -> Bool { KubeDBVersionRange(text)?.contains(target.version) ?? false }
        return !denied.contains(where: holds) && (allowed.isEmpty || allowed.contains(where: holds))
    }

    /// The first text among a version's constraints that is no range; nil when each of them is.
    func unreadable(of running: KubeDBVersion) -> String? {
        (texts("allowlist", of: running) + texts("denylist", of: running)).first { KubeDBVersionRange($0) == nil }
    }

    /// MySQL's catalogue has lists for single servers too, which the webhook never reads: it takes the group's for them
    /// as well (`validateMySQLUpdateVersionOpsRequest` in `mysql.go`).
    private func texts(_ list: String, of running: KubeDBVersion) -> [String] {
        let list = running.spec.at("updateConstraints", list)
        return (list?.array ?? list?["groupReplication"]?.array ?? []).compactMap(\.string)
    }

    private static func family(_ version: KubeDBVersion) -> [String] {
        [version.distribution ?? "", version.spec.at("db", "baseOS")?.string ?? ""]
    }
}
