import ArgumentParser
import ControllerRuntime

/// How several operators agree on the one that acts.
struct LeaderOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Whether to act only as the leader among several operators.", valueName: "bool"))
    var leaderElect = true

    @Option(help: ArgumentHelp("The name of the Lease.", valueName: "name"))
    var leaseName = "dbaas-operator"

    @Option(help: ArgumentHelp("The namespace of the Lease; our own when left out.", valueName: "name"))
    var leaseNamespace: String?

    @Option(help: ArgumentHelp("How long others leave a Lease alone after its last renewal.", valueName: "time"))
    var leaseDuration = DurationArgument(seconds: 15)

    @Option(help: ArgumentHelp("How long a leader works on without having been able to renew.", valueName: "time"))
    var leaseRenewDeadline = DurationArgument(seconds: 10)

    @Option(help: ArgumentHelp("The pause between two tries to get or renew the Lease.", valueName: "time"))
    var leaseRetryPeriod = DurationArgument(seconds: 2)

    func validate() throws {
        for (flag, name) in [("--lease-name", leaseName), ("--lease-namespace", leaseNamespace ?? "default")]
        where !Self.isName(name) {
            throw ValidationError("\(flag) is \"\(name)\": it takes small letters, digits and dashes, 63 at the most")
        }
    }

    /// The times, which have to fit together, so that a leader stops before anybody else can begin.
    func timings() throws -> LeaderTimings {
        guard leaseDuration.duration >= .seconds(1) else {
            throw ValidationError("--lease-duration is \(leaseDuration.defaultValueDescription): it must be 1s or more")
        }
        let timings = LeaderTimings(
            lease: leaseDuration.duration,
            renewDeadline: leaseRenewDeadline.duration,
            retry: leaseRetryPeriod.duration
        )
        guard let timings else {
            throw ValidationError(
                """
                --lease-duration \(leaseDuration.defaultValueDescription), \
                --lease-renew-deadline \(leaseRenewDeadline.defaultValueDescription) and \
                --lease-retry-period \(leaseRetryPeriod.defaultValueDescription) do not fit together: the duration \
                must be longer than the deadline, and the deadline longer than 1.2 times the period
                """
            )
        }
        return timings
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 63 && text.first != "-" && text.last != "-"
            && text.allSatisfy { $0 == "-" || ("a"..."z").contains($0) || ("0"..."9").contains($0) }
    }
}
