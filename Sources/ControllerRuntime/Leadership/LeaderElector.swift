package import KubernetesAPI
import KubernetesClient
package import Logging
package import Metrics
package import ServiceLifecycle
import Synchronization

/// The process has stopped leading without wanting to; it should end, so that a fresh one starts.
package struct LeadershipLost: Error, Sendable, CustomStringConvertible {
    package let reason: String
    package var description: String { "Leadership was lost: \(reason)" }
}

/// Runs services while, and only while, this process leads.
///
/// Takes part in the election until it leads, runs the services in a group of its own and renews the lease meanwhile.
/// Losing the lease cancels the services and throws ``LeadershipLost``. After a graceful shutdown the lease is handed
/// over once all services have ended.
package final class LeaderElector: Service {
    private struct State: Sendable {
        var machine: LeaderMachine
        /// The object as it was read or written last, with fields we do not know.
        var lease: Lease
    }

    private enum Ending: Sendable {
        case servicesEnded
        case lost(String)
        case renewalCancelled
    }

    private let source: LeaseSource
    private let services: [any Service]
    private let key: ObjectKey
    private let logger: Logger
    private let status: Meter
    private let slowPath: Counter
    private let state: Mutex<State>

    /// - Parameters:
    ///   - key: the Lease's key.
    ///   - identity: unique to this process; by convention the pod's name, "_" and something random.
    ///   - services: what only a leader may run.
    package init(
        key: ObjectKey,
        identity: String,
        timings: LeaderTimings = .standard,
        source: LeaseSource,
        services: [any Service],
        logger: Logger,
        metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        self.source = source
        self.services = services
        self.key = key
        self.logger = logger
        status = Meter(label: "leader_election_master_status", dimensions: [("name", key.name)], factory: metrics)
        status.set(0)
        slowPath = Counter(
            label: "leader_election_slowpath_total",
            dimensions: [("name", key.name)],
            factory: metrics
        )
        slowPath.increment(by: 0)
        state = Mutex(
            State(
                machine: LeaderMachine(identity: identity, timings: timings),
                lease: Lease(namespace: key.namespace, name: key.name)
            )
        )
    }

    /// Whether this process leads.
    package var isLeader: Bool { state.withLock { $0.machine.isLeader } }

    /// Who leads as far as is known; empty when nobody does.
    package var leader: String { state.withLock { $0.machine.leader } }

    /// What is wrong with a leader that should have stepped down long ago, or nil; for a liveness probe.
    package var livenessProblem: String? {
        state.withLock { state in
            guard state.machine.isLeader, let renewedAt = state.machine.renewedAt else { return nil }
            let age = ContinuousClock.now - renewedAt
            guard age > state.machine.timings.lease + .seconds(20) else { return nil }
            return "leads although its Lease was last renewed \(Int(age.seconds)) s ago"
        }
    }

    /// Takes part until shutdown, cancellation or loss of the lease.
    package func run() async throws {
        let isElected = await cancelWhenGracefulShutdown { await self.acquire() }
        guard isElected else { return }
        logger.notice("This process leads now", metadata: ["lease": "\(key)"])
        status.set(1)
        let result = await lead()
        status.set(0)
        let ending = try result.get()
        if case .lost(let reason) = ending {
            logger.error("Leadership was lost", metadata: ["lease": "\(key)", "reason": "\(reason)"])
            throw LeadershipLost(reason: reason)
        }
    }
}

extension LeaderElector {
    /// Runs the services and renews; hands the lease over when the services have ended by themselves.
    private func lead() async -> Result<Ending, any Error> {
        await withTaskGroup(of: Result<Ending, any Error>.self) { group in
            group.addTask {
                await self.renew().map { .success(.lost($0)) } ?? .success(.renewalCancelled)
            }
            group.addTask {
                do {
                    try await withThrowingDiscardingTaskGroup { group in
                        for service in self.services { group.addTask { try await service.run() } }
                    }
                    return .success(.servicesEnded)
                } catch {
                    return .failure(error)
                }
            }
            let first = await group.next() ?? .success(.renewalCancelled)
            group.cancelAll()
            // The services must have ended before anybody else may lead.
            await group.waitForAll()
            if case .success(.lost) = first { return first }
            await self.release()
            return first
        }
    }

    /// Tries until this process leads; false when cancelled before.
    private func acquire() async -> Bool {
        var action = LeaderMachine.Action.read
        while !Task.isCancelled {
            action = await perform(action)
            if isLeader { return true }
        }
        return false
    }

    /// Renews until the lease is lost, and says why; nil when cancelled.
    private func renew() async -> String? {
        var action = LeaderMachine.Action.sleep(state.withLock { $0.machine.timings.retry })
        while !Task.isCancelled {
            if case .stepDown(let reason) = action { return reason }
            action = await perform(action)
        }
        return nil
    }

    private func release() async {
        guard case .update(let record, _) = state.withLock({ $0.machine.release(wallClock: .now) }) else { return }
        let lease = state.withLock { record.written(into: $0.lease) }
        do {
            let source = source
            _ = try await withDeadline(.seconds(2)) { try await source.replace(lease) }
            logger.notice("The Lease was handed over", metadata: ["lease": "\(key)"])
        } catch {
            logger.warning(
                "The Lease could not be handed over; it will run out",
                metadata: ["lease": "\(key)", "error": "\(error)"]
            )
        }
    }
}

extension LeaderElector {
    private func perform(_ action: LeaderMachine.Action) async -> LeaderMachine.Action {
        do {
            switch action {
            case .stepDown: return action
            case .sleep(let pause):
                try? await Task.sleep(for: pause)
                return state.withLock { $0.machine.woke(now: .now, wallClock: .now) }
            case .read: return try await read()
            case .create(let record): return try await write(record, by: source.create)
            case .update(let record, _): return try await write(record, by: source.replace)
            }
        } catch let error as APIError where error.isConflict || error.isAlreadyExists {
            if isLeader { slowPath.increment() }
            return state.withLock { $0.machine.conflicted(now: .now) }
        } catch {
            if !Task.isCancelled {
                logger.warning("The Lease could not be used", metadata: ["lease": "\(key)", "error": "\(error)"])
            }
            let random = Double.random(in: 0..<1)
            return state.withLock { $0.machine.failed("\(error)", now: .now, random: random) }
        }
    }

    /// No request of a leader may outlast its right to lead.
    private var timeLeft: Duration {
        state.withLock { state in
            let limit = state.machine.timings.renewDeadline
            guard let end = state.machine.stepDownAt else { return limit }
            return min(limit, max(end - .now, .milliseconds(1)))
        }
    }

    private func read() async throws -> LeaderMachine.Action {
        let source = source
        let lease = try await withDeadline(timeLeft) { try await source.read() }
        let random = Double.random(in: 0..<1)
        return state.withLock { state in
            state.lease = lease ?? Lease(namespace: key.namespace, name: key.name)
            let observation = lease.map {
                LeaderMachine.Observation(record: LeaseRecord($0), resourceVersion: $0.metadata.resourceVersion)
            }
            return state.machine.seen(observation, now: .now, wallClock: .now, random: random)
        }
    }

    private func write(
        _ record: LeaseRecord,
        by request: @escaping @Sendable (Lease) async throws -> Lease
    ) async throws -> LeaderMachine.Action {
        let lease = state.withLock { record.written(into: $0.lease) }
        let written = try await withDeadline(timeLeft) { try await request(lease) }
        return state.withLock { state in
            state.lease = written
            return state.machine.wrote(resourceVersion: written.metadata.resourceVersion, now: .now)
        }
    }
}
