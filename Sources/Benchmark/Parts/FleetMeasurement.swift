import KubernetesAPI
import KubernetesClient

/// One fleet from its clusters existing to all Ready; then, where it is asked for, its rest and a start beside it.
struct FleetMeasurement: Sendable {
    let size: Int
    let context: BenchmarkContext
    let emptyStartSeconds: Double
    let rests: Bool
    let startsBeside: Bool

    struct Outcome: Sendable {
        var result: FleetResult
        var figures: [Figure] = []
    }

    func run() async throws -> Outcome {
        let server = try await context.server(named: "fleet-\(size)")
        defer { server.client.shutDown() }
        let fleet = Fleet(server)
        let outcome = try await fleet.alive {
            context.say("creating \(size) clusters")
            try await fleet.create(size)
            var outcome = try await becomeReady(fleet)
            if startsBeside {
                outcome.figures += try await StartMeasurement(size: size, server: server, context: context).run()
            }
            return outcome
        }
        try await context.leave(server)
        return outcome
    }

    private func becomeReady(_ fleet: Fleet) async throws -> Outcome {
        let server = fleet.server
        let serverBefore = try server.program?.processorSeconds()
        context.say("starting the operator beside \(size) clusters")
        let start = ContinuousClock.now
        let running = try context.startOperator(on: server)
        let counter = InstructionCounter(of: running.program, folder: context.folder)
        let limit = Duration.seconds(120 + Double(size) * 0.15)
        let end = try await fleet.waitUntilReady(size, within: limit) { running.program.isRunning }
        var result = FleetResult(clusters: size)
        result.wallSeconds = (end - start).seconds
        try await running.settle()
        result.processorSeconds = try running.program.processorSeconds()
        result.memory = try running.program.memory()
        result.emptyStartSeconds = emptyStartSeconds
        result.serverSeconds = try server.program.map { try $0.processorSeconds() - (serverBefore ?? 0) }
        result.requests = try await running.requests()
        result.instructions = await counter?.finish()
        let figures = rests ? try await rest(running) : []
        await running.stop()
        return Outcome(result: result, figures: figures)
    }

    /// Leaves a fleet alone that is all Ready.
    private func rest(_ running: RunningOperator) async throws -> [Figure] {
        context.say("leaving \(size) clusters alone for \(context.plan.rest.components.seconds) s")
        let requestsBefore = try await running.requests()
        let before = try running.program.processorSeconds()
        try await Task.sleep(for: context.plan.rest)
        let spent = try running.program.processorSeconds() - before
        let requests = try await running.requests() - requestsBefore
        let isStated = size == 1000
        return [
            Figure(
                .fleets,
                "CPU at rest per 30 s, \(size) clusters",
                spent / context.plan.rest.seconds * 30,
                .seconds,
                budget: isStated ? Budget.idleSeconds : nil
            ),
            Figure(
                .fleets,
                "requests at rest, \(size) clusters",
                Double(requests),
                .count,
                budget: Budget.requestsAtRest
            ),
        ]
    }
}
