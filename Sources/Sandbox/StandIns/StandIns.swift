package import JSON
package import KubernetesAPI
import ServiceLifecycle

/// What a cluster has beside its API server, for one that has nothing: the stand-ins of the sandbox as its clients.
///
/// They collect garbage, empty namespaces, run pods, jobs and volumes, and play the child operators, all of it through
/// the API. What the child operators install must be there, as ``installation`` has it.
package final class StandIns: Service {
    private let controllers: SandboxControllers
    private let counters = StandInCounters()
    private let standIns: [any StandIn]

    /// - Parameters:
    ///   - speed: how many times faster than in a real cluster they work; greater than 0.
    ///   - seed: makes delays and passwords the same in every run.
    ///   - engines: the child operators to play.
    ///   - api: the server as a client sees it that writes under the field manager given.
    package init(
        speed: Double,
        seed: UInt64,
        engines: Set<SandboxConfiguration.ChildEngine>,
        api: (_ fieldManager: String) -> any FollowedAPI
    ) {
        controllers = SandboxControllers(
            api: api("kube-controller-manager"),
            speed: speed,
            seed: seed,
            removesDefinitions: false
        )
        let delays = Delays(speed: speed, seed: seed)
        standIns = ChildOperator.all.filter { engines.contains($0.engine) }.map { [counters] in
            $0.loop(api($0.fieldManager), delays, counters)
        }
    }

    /// What those child operators bring when they are installed: their definitions first, then objects of their kinds.
    package static func installation(
        of engines: Set<SandboxConfiguration.ChildEngine>
    ) -> [(resource: ResourceType, object: JSONValue)] {
        let operators = ChildOperator.all.filter { engines.contains($0.engine) }
        return operators.flatMap { $0.definitions() }.map { (.customResourceDefinition, $0) }
            + operators.flatMap { $0.installed() }
    }

    /// `{"namespace/name": {"restarts": 1, …}, …, "totals": {…}}`: how often they began each operation.
    package var counts: JSONValue { counters.report }

    /// Works until shut down.
    package func run() async {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.controllers.run() }
                for standIn in self.standIns { group.addTask { await standIn.run() } }
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
