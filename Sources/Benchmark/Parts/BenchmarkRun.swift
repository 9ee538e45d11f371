import Glibc

/// All parts, one after the other.
struct BenchmarkRun: Sendable {
    let context: BenchmarkContext

    func report() async throws -> BenchmarkReport {
        let plan = context.plan
        var report = BenchmarkReport()
        report.isJudged = plan.isJudged
        report.circumstances = circumstances
        if plan.parts.contains(.modules) {
            context.say("measuring modules in this process")
            report.add(try await ModuleMeasurement(time: plan.moduleTime).figures())
        }
        if !plan.fleets.isEmpty { report.add(try await fleets()) }
        if plan.parts.contains(.providers) { report.add(try await ProviderMeasurement(context: context).run()) }
        if plan.parts.contains(.latency) { report.add(try await LatencyMeasurement(context: context).run()) }
        report.circumstances.append("Load average afterwards \(load).")
        return report
    }

    private func fleets() async throws -> [Figure] {
        let plan = context.plan
        let emptyStart = try await context.emptyStartSeconds()
        var figures = [Figure(.fleets, "CPU of a start beside nothing", emptyStart, .seconds)]
        var results: [FleetResult] = []
        for size in plan.fleets {
            let measurement = FleetMeasurement(
                size: size,
                context: context,
                emptyStartSeconds: emptyStart,
                rests: plan.parts.contains(.fleets) && size == plan.restingSize,
                startsBeside: plan.parts.contains(.start) && size == plan.startSize
            )
            let outcome = try await measurement.run()
            results.append(outcome.result)
            figures += outcome.result.figures + outcome.figures
        }
        return figures + [results.growth].compactMap(\.self)
    }

    private var circumstances: [String] {
        let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let server = context.kubeconfig.map { "the server of \($0)" } ?? "the sandbox in another process"
        return [
            "Measured with \(server), on \(processors) processors; the logs are in \(context.folder.path).",
            "Load average before \(load): what else runs on the machine makes waiting longer, and processor time a little.",
        ]
    }

    /// Of the last minute.
    private var load: String {
        TextFile.read("/proc/loadavg")?.split(separator: " ").first.map(String.init) ?? "unknown"
    }
}
