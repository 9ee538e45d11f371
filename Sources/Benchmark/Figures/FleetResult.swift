/// What came of one fleet, from its clusters existing to all of them Ready.
struct FleetResult: Sendable, Equatable {
    let clusters: Int
    /// User and system time of the operator's process until it was at rest again, from its start.
    var processorSeconds = 0.0
    /// The same of an operator that finds nothing to do.
    var emptyStartSeconds = 0.0
    /// From the operator's start to the last cluster becoming Ready.
    var wallSeconds = 0.0
    /// The API server's processor time meanwhile; nil when it is not ours to look at.
    var serverSeconds: Double?
    var requests = 0
    var memory = ProcessMemory()
    /// Instructions in user mode; nil where the processor does not count them.
    var instructions: Double?

    var millisecondsPerCluster: Double {
        max(processorSeconds - emptyStartSeconds, 0) / Double(max(clusters, 1)) * 1000
    }

    /// Budgets are stated for fleets of a thousand and more; those of memory for exactly one thousand.
    var figures: [Figure] {
        let isLarge = clusters >= 1000
        let fleet = "\(clusters) clusters"
        var figures = [
            Figure(
                .fleets,
                "CPU per cluster until Ready, \(fleet)",
                millisecondsPerCluster,
                .milliseconds,
                budget: isLarge ? Budget.processorMillisecondsPerCluster : nil
            )
        ]
        if let instructions {
            figures.append(
                Figure(.fleets, "instructions per cluster, \(fleet)", instructions / Double(clusters) / 1e6, .millions)
            )
        }
        figures += [
            Figure(.fleets, "all Ready after, \(fleet)", wallSeconds, .seconds),
            Figure(.fleets, "requests per cluster, \(fleet)", Double(requests) / Double(max(clusters, 1)), .count),
        ]
        if let serverSeconds {
            figures.append(Figure(.fleets, "CPU of the API server meanwhile, \(fleet)", serverSeconds, .seconds))
        }
        return figures + [
            Figure(.fleets, "memory, own (RssAnon), \(fleet)", memory.anonymous, .megabytes),
            Figure(.fleets, "memory, files (RssFile), \(fleet)", memory.files, .megabytes),
            Figure(
                .fleets,
                "memory, resident, \(fleet)",
                memory.resident,
                .megabytes,
                budget: clusters == 1000 ? Budget.residentMegabytes : nil
            ),
        ]
    }
}

extension [FleetResult] {
    /// How much more a cluster costs in the largest fleet than in that of a thousand, or in the smallest; nil for one.
    var growth: Figure? {
        guard let largest = self.max(by: { $0.clusters < $1.clusters }),
            let smallest = self.min(by: { $0.clusters < $1.clusters })
        else { return nil }
        let base = first { $0.clusters == 1000 && largest.clusters > 1000 } ?? smallest
        guard base.clusters < largest.clusters, base.millisecondsPerCluster > 0 else { return nil }
        return Figure(
            .fleets,
            "growth of CPU per cluster, \(base.clusters) to \(largest.clusters)",
            largest.millisecondsPerCluster / base.millisecondsPerCluster,
            .factor,
            budget: base.clusters >= 1000 ? Budget.growth : nil
        )
    }
}
