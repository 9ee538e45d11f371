package import KubernetesAPI
import KubernetesClient
package import Logging
package import Metrics
import ServiceLifecycle

/// Works on the keys of a queue with a fixed number of workers.
///
/// A failing or hanging reconcile concerns its key alone. On graceful shutdown no new key is begun and what is in hand is
/// finished; on cancellation what is in hand is cancelled.
package final class Controller: Service {
    package typealias Reconcile = @Sendable (ObjectKey) async throws -> Outcome

    /// The name in metrics and logs.
    package let name: String
    /// The queue it works on.
    package let queue: WorkQueue<ObjectKey>
    private let workers: Int
    private let watchdog: Watchdog
    private let logger: Logger
    private let metrics: ControllerMetrics
    private let reconcile: Reconcile
    private let outcomeAtRest: @Sendable (ObjectKey) -> Outcome?

    /// - Parameters:
    ///   - workers: how many keys are worked on at once, at least 1.
    ///   - deadline: after how long a reconcile is cancelled and counts as failed.
    ///   - reconcile: the work; it runs with a task-local logger (`Logger.current`) that carries the key and a
    ///     reconcile id.
    ///   - outcomeAtRest: asked first; where it gives an outcome there is nothing to do, and no reconcile is begun. It
    ///     has to be quick.
    package init(
        name: String,
        workers: Int = 4,
        queue: WorkQueue<ObjectKey>,
        deadline: Duration = .seconds(300),
        logger: Logger,
        metrics: any MetricsFactory = MetricsSystem.factory,
        outcomeAtRest: @escaping @Sendable (ObjectKey) -> Outcome? = { _ in nil },
        reconcile: @escaping Reconcile
    ) {
        self.name = name
        self.workers = max(workers, 1)
        self.queue = queue
        watchdog = Watchdog(workers: max(workers, 1), limit: deadline)
        self.logger = logger
        self.metrics = ControllerMetrics(controller: name, workers: max(workers, 1), factory: metrics)
        self.outcomeAtRest = outcomeAtRest
        self.reconcile = reconcile
    }

    /// Works until shutdown or cancellation.
    package func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup { group in
                group.addTask(name: "\(self.name)-timer") { await self.queue.run() }
                group.addTask(name: "\(self.name)-watchdog") { await self.watchdog.run() }
                await withDiscardingTaskGroup { group in
                    for number in 0..<self.workers {
                        group.addTask(name: "\(self.name)-\(number)") { await self.work(as: number) }
                    }
                }
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.queue.shutDown()
        }
    }

    /// A worker's life.
    ///
    /// What it works in is a task that can be cancelled when it is too late, and is then followed by a new one: so the
    /// deadline costs nothing while it is kept.
    private func work(as number: Int) async {
        while !Task.isCancelled, !queue.isShutDown {
            await withTaskGroup { group in
                group.addTask { await self.workUntilLate(as: number) }
                group.addTask { await self.watchdog.overrun(of: number) }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func workUntilLate(as number: Int) async {
        var isLate = false
        while !isLate, let key = await queue.next() {
            if let outcome = outcomeAtRest(key) {
                metrics.count(outcome == .done ? .success : .requeueAfter)
                follow(.of(outcome, random: Double.random(in: 0..<1)), key)
            } else {
                metrics.activeWorkers.increment()
                isLate = await visit(key, as: number)
                metrics.activeWorkers.decrement()
            }
            queue.done(key)
        }
    }

    /// Works on a key; true when that took longer than it may.
    private func visit(_ key: ObjectKey, as number: Int) async -> Bool {
        var logger = logger
        logger[metadataKey: "controller"] = "\(name)"
        logger[metadataKey: "object"] = "\(key)"
        logger[metadataKey: "reconcileID"] = "\(String(UInt64.random(in: .min ... .max), radix: 16))"
        let started = ContinuousClock.now
        watchdog.began(number, now: started)
        let result: Result<Outcome, any Error>
        do {
            result = .success(try await withLogger(logger) { _ in try await self.reconcile(key) })
        } catch {
            result = .failure(error)
        }
        let isLate = watchdog.ended(number)
        let verdict: Verdict
        switch result {
        case .success(let outcome):
            verdict = .of(outcome, random: Double.random(in: 0..<1))
            metrics.count(outcome == .done ? .success : .requeueAfter)
        case .failure(let error):
            let reason = isLate ? DeadlineExceeded(limit: watchdog.limit) : error
            verdict = self.verdict(on: reason, key: key, logger: logger)
        }
        metrics.seconds.record((ContinuousClock.now - started).seconds)
        follow(verdict, key)
        return isLate
    }

    private func follow(_ verdict: Verdict, _ key: ObjectKey) {
        switch verdict {
        case .forget: queue.forget(key)
        case .requeue(let pause):
            queue.forget(key)
            queue.add(key, after: pause)
        case .again, .retry: queue.retry(key)
        }
    }

    private func verdict(on error: any Error, key: ObjectKey, logger: Logger) -> Verdict {
        let failure = Self.failure(of: error)
        guard failure != .cancelled || !Task.isCancelled else { return .retry }
        let verdict = Verdict.of(failure, failures: queue.failureCount(key))
        guard verdict != .again else {
            logger.debug("A write met a newer version; trying again", metadata: ["error": "\(error)"])
            metrics.count(.requeue)
            return verdict
        }
        metrics.count(.error)
        metrics.errors.increment()
        if failure == .terminal { metrics.terminalErrors.increment() }
        if error is DeadlineExceeded { metrics.timeouts.increment() }
        logger.error("Reconcile failed", metadata: ["error": "\(error)"])
        return verdict
    }

    private static func failure(of error: any Error) -> Verdict.Failure {
        switch error {
        case is TerminalError: .terminal
        case is CancellationError: .cancelled
        case let error as APIError where error.isCancelled: .cancelled
        case let error as APIError where error.isConflict: .conflict
        default: .other
        }
    }
}
