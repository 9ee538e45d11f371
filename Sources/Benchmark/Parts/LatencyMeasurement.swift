/// From an edit's event reaching the operator to the child's write leaving it, and from an impossible request to its end;
/// one at a time.
///
/// Always with a sandbox, because what goes over TLS cannot be looked into.
struct LatencyMeasurement: Sendable {
    let context: BenchmarkContext

    func run() async throws -> [Figure] {
        let plan = context.plan
        let server = try await APIServerUnderTest.sandbox(context.executables, folder: context.folder)
        guard let port = server.port else { return [] }
        let proxy = try RecordingProxy(to: port)
        defer { proxy.close() }
        let fleet = Fleet(server)
        let (samples, echoes, refusals) = try await fleet.alive {
            try await fleet.create(plan.editedClusters)
            let running = try context.startOperator(on: server, by: proxy)
            _ = try await fleet.waitUntilReady(plan.editedClusters, within: .seconds(120)) { running.program.isRunning }
            try await running.settle()
            context.say("making \(plan.edits) edits, one at a time")
            let echo = try Echo()
            var samples: [Double] = []
            var echoes: [Double] = []
            for number in 0..<plan.edits {
                if let time = echo.roundTrip() { echoes.append(time.seconds * 1000) }
                samples.append(try await edit(number, of: fleet, proxy).seconds * 1000)
            }
            var refusals: [Double] = []
            for number in 0..<plan.refusals { refusals.append(try await fleet.timeOfRefusal(number).seconds) }
            await running.stop()
            return (samples, echoes, refusals)
        }
        await server.stop()
        return figures(samples, echoes) + figures(refusals)
    }

    private func figures(_ refusals: [Double]) -> [Figure] {
        guard let percentiles = Percentiles(refusals) else { return [] }
        return [
            Figure(
                .latency,
                "from a request that is refused to its end, longest of \(refusals.count)",
                percentiles.value(at: 1),
                .seconds,
                budget: Budget.refusalSeconds
            )
        ]
    }

    private func figures(_ samples: [Double], _ echoes: [Double]) -> [Figure] {
        guard let percentiles = Percentiles(samples), let floor = Percentiles(echoes) else { return [] }
        return [
            Figure(
                .latency,
                "from an edit's event to the child's write, p50 of \(samples.count)",
                percentiles.value(at: 0.5),
                .milliseconds,
                budget: Budget.latencyMedian
            ),
            Figure(
                .latency,
                "from an edit's event to the child's write, p99 of \(samples.count)",
                percentiles.value(at: 0.99),
                .milliseconds,
                budget: Budget.latencyTail
            ),
            Figure(.latency, "the longest of them", percentiles.value(at: 1), .milliseconds),
            Figure(.latency, "a bare echo at those times, p50", floor.value(at: 0.5), .milliseconds),
            Figure(.latency, "a bare echo at those times, p99", floor.value(at: 0.99), .milliseconds),
        ]
    }

    /// One edit, and everything that follows from it, until its cluster is Ready again and all is quiet.
    private func edit(_ number: Int, of fleet: Fleet, _ proxy: RecordingProxy) async throws -> Duration {
        let cluster = number % context.plan.editedClusters
        let token = "edit-\(number)-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        proxy.expect(token)
        try await fleet.edit(cluster, value: token)
        try await wait("the write that edit \(number) asks for", within: .seconds(20), every: .milliseconds(2)) {
            proxy.record?.latency != nil
        }
        try await wait("\(Fleet.name(cluster)) to be Ready again", within: .seconds(20)) { fleet.isReady(cluster) }
        try await Task.sleep(for: .milliseconds(50))
        guard let latency = proxy.record?.latency else { throw BenchmarkFailure("edit \(number) was lost") }
        return latency
    }
}
