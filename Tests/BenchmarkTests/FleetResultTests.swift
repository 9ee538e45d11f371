import Testing

@testable import Benchmark

@Suite("What a fleet comes to")
struct FleetResultTests {
    private static func result(_ clusters: Int, _ seconds: Double) -> FleetResult {
        var result = FleetResult(clusters: clusters)
        result.processorSeconds = seconds
        return result
    }

    @Test("The cost of the process's own start is not the clusters'")
    func startIsTakenOff() {
        var result = Self.result(1000, 1.1)
        result.emptyStartSeconds = 0.1
        #expect(result.millisecondsPerCluster == 1)
        #expect(result.figures.filter(\.isMissed).map(\.name) == ["CPU per cluster until Ready, 1000 clusters"])
    }

    @Test("Budgets count for the sizes that they are stated for")
    func budgetsOfSizes() {
        func budgets(_ clusters: Int) -> [Double] { Self.result(clusters, 1).figures.compactMap(\.budget) }
        #expect(budgets(100) == [])
        #expect(budgets(1000) == [0.8, 25])
        #expect(budgets(5000) == [0.8])
    }

    @Test("Growth is measured from a thousand clusters to the largest fleet")
    func growth() throws {
        let linear = [Self.result(100, 1), Self.result(1000, 1), Self.result(10_000, 12)]
        let growth = try #require(linear.growth)
        #expect(growth.value == 1.2)
        #expect(!growth.isMissed)
        let worse = try #require([Self.result(1000, 1), Self.result(10_000, 13)].growth)
        #expect(worse.isMissed)
    }

    @Test("Growth of small fleets is told and not judged, and one fleet has none")
    func growthOfLittle() throws {
        let small = try #require([Self.result(5, 1), Self.result(20, 40)].growth)
        #expect(small.budget == nil)
        #expect([Self.result(1000, 1)].growth == nil)
    }

    @Test("Parts decide which fleets are made")
    func plan() {
        var plan = BenchmarkPlan()
        #expect(plan.fleets == [100, 1000, 5000, 10_000])
        #expect(plan.restingSize == 1000)
        plan.parts = [.start, .modules]
        #expect(plan.fleets == [10_000])
        plan.parts = [.latency]
        #expect(plan.fleets == [])
        #expect(BenchmarkPlan.quick.restingSize == 20)
    }
}
