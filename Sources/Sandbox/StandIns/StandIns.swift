package import JSON
import ServiceLifecycle

/// What a cluster has beside its API server, for one that has nothing: the stand-ins of the sandbox as its clients.
///
/// They collect garbage, empty namespaces, run pods, jobs and volumes, and play the child operators, all of it through
/// the API. The definitions of the child operators must be installed, as ``definitions`` has them.
package final class StandIns: Service {
    private let controllers: SandboxControllers
    private let cnpg: CNPGStandIn

    /// - Parameters:
    ///   - speed: how many times faster than in a real cluster they work; greater than 0.
    ///   - seed: makes delays and passwords the same in every run.
    ///   - api: the server as a client sees it that writes under the field manager given.
    package init(speed: Double, seed: UInt64, api: (_ fieldManager: String) -> any FollowedAPI) {
        controllers = SandboxControllers(
            api: api("kube-controller-manager"),
            speed: speed,
            seed: seed,
            removesDefinitions: false
        )
        cnpg = CNPGStandIn(api: api("cloudnative-pg"), speed: speed, seed: seed)
    }

    /// The definitions of the child operators' kinds.
    package static var definitions: [JSONValue] { EmbeddedDefinitions.cnpg }

    /// `{"namespace/name": {"restarts": 1, …}, …, "totals": {…}}`: how often they began each operation.
    package var counts: JSONValue { cnpg.counters.report }

    /// Works until shut down.
    package func run() async {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.controllers.run() }
                group.addTask { await self.cnpg.run() }
            }
        }
    }
}

extension StandInCounters {
    /// `{"namespace/name": {"restarts": 1, …}, …, "totals": {…}}`: how often each operation was begun.
    var report: JSONValue {
        let counts = json
        var report = counts["clusters"] ?? [:]
        report["totals"] = counts["totals"]
        return report
    }
}
