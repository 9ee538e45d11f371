import JSON
import KubernetesAPI

extension ClusterValidation {
    /// What is wrong with a change of a Cluster; both have their defaults.
    static func causes(against cluster: JSONValue, after old: JSONValue) -> [Cause] {
        let spec = cluster["spec"] ?? [:]
        let former = old["spec"] ?? [:]
        var causes = imageChange(spec, old) + configurationChange(spec, former)
        causes += shrinking(spec["storage"], former["storage"], "spec.storage")
        if former["walStorage"] != nil {
            causes +=
                spec["walStorage"] == nil
                ? [.invalid("spec.walStorage", "null", "walStorage cannot be disabled once the cluster is created")]
                : shrinking(spec["walStorage"], former["walStorage"], "spec.walStorage")
        }
        for (index, tablespace) in (former["tablespaces"]?.array ?? []).enumerated() {
            let kept = spec["tablespaces"]?.array?.first { $0["name"] == tablespace["name"] }
            causes +=
                kept == nil
                ? [.invalid("spec.tablespaces[\(index)]", "null", "no tablespace can be deleted once created")]
                : shrinking(kept?["storage"], tablespace["storage"], "spec.tablespaces[\(index)]")
        }
        for identity in ["postgresUID", "postgresGID"] where spec[identity] != former[identity] {
            causes.append(
                .invalid(
                    "spec.\(identity)",
                    spec[identity]?.description ?? "null",
                    "\(identity) is an immutable field in the spec"
                )
            )
        }
        let level = spec.at("postgresql", "parameters", "wal_level")?.string
        if level == "minimal", former.at("postgresql", "parameters", "wal_level")?.string != "minimal" {
            causes.append(
                .invalid(
                    "spec.postgresql.parameters.wal_level",
                    quoted(level),
                    "Cannot change from `wal_level` \(former.at("postgresql", "parameters", "wal_level")?.string ?? "") "
                        + "to `minimal`"
                )
            )
        }
        return causes
    }

    /// What counts is the version of the data: the image of before may come back while a conversion has not succeeded
    /// (upstream `internal/webhook/v1/cluster_webhook.go`, validateImageChange).
    private static func imageChange(_ spec: JSONValue, _ old: JSONValue) -> [Cause] {
        guard let new = spec["imageName"]?.string.flatMap({ CNPG.major(of: $0) }),
            let data = old.at("status", "pgDataImageInfo", "majorVersion")?.integer.map({ Int($0) })
        else { return [] }
        if new < data {
            return [.invalid("spec.imageName", quoted("\(new)"), "can't downgrade from major \(data) to \(new)")]
        }
        if new > data, new < 16 {
            return [
                .invalid(
                    "spec.imageName",
                    quoted("\(new)"),
                    "major upgrades are only supported to version 16 or higher"
                )
            ]
        }
        return []
    }

    private static func configurationChange(_ spec: JSONValue, _ former: JSONValue) -> [Cause] {
        guard spec["primaryUpdateMethod"]?.string == "switchover", spec["imageName"] != former["imageName"],
            spec.at("postgresql", "parameters") != former.at("postgresql", "parameters")
        else { return [] }
        return [
            .invalid(
                "spec.imageName",
                quoted(spec["imageName"]?.string),
                "Can't change image name and configuration at the same time. "
                    + "There are differences in PostgreSQL configuration parameters"
            )
        ]
    }

    private static func shrinking(_ storage: JSONValue?, _ former: JSONValue?, _ field: String) -> [Cause] {
        guard let before = former?["size"]?.string, let after = storage?["size"]?.string,
            let old = Quantity(before), let new = Quantity(after), new < old
        else { return [] }
        return [.invalid(field, quoted(after), "can't shrink existing storage from \(before) to \(after)")]
    }
}
