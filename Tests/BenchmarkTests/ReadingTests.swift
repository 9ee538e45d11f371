import Testing

@testable import Benchmark

@Suite("What is read of processes, metrics and the wire")
struct ReadingTests {
    @Test("Processor time is found behind a name with spaces and parentheses")
    func ticks() {
        let stat =
            "4711 (dbaas (op) x) S 1 4711 4711 0 -1 4194304 1 2 3 4 250 17 5 6 20 0 9 0 1234 99 100 18446744073709551615"
        #expect(ProcessStatistics.ticks(stat: stat) == 267)
        #expect(ProcessStatistics.ticks(stat: "4711 (x) S 1") == nil)
    }

    @Test("Memory is what is resident, in millions of bytes")
    func memory() throws {
        let status = "Name:\tx\nVmRSS:\t  30000 kB\nRssAnon:\t   10000 kB\nRssFile:\t   20000 kB\nRssShmem:\t 0 kB\n"
        let memory = try #require(ProcessStatistics.memory(status: status))
        #expect(memory.anonymous == 10.24)
        #expect(memory.files == 20.48)
        #expect(abs(memory.resident - 30.72) < 1e-9)
        #expect(ProcessStatistics.memory(status: "Name:\tx\n") == nil)
    }

    @Test("Instructions are nil where the processor does not count them")
    func instructions() {
        let counted = "# started on today\n\n123456789,,instructions:u,51234567,100.00,,\n"
        #expect(ProcessStatistics.count(of: "instructions", perf: counted) == 123_456_789)
        let refused = "<not supported>,,instructions:u,0,100.00,,\n"
        #expect(ProcessStatistics.count(of: "instructions", perf: refused) == nil)
    }

    @Test("The series of a metric are summed up, and those of a longer name left out")
    func metrics() {
        let text = """
            # HELP requests_total All.
            # TYPE requests_total counter
            requests_total{code="200",method="GET"} 12
            requests_total{code="201",method="POST"} 3
            requests_total_other 100
            plain 1.5
            """
        #expect(Exposition.sum(of: "requests_total", in: text) == 15)
        #expect(Exposition.sum(of: "plain", in: text) == 1.5)
        #expect(Exposition.sum(of: "absent", in: text) == nil)
    }

    @Test("An edit's latency is from the first bytes with its word to the operator to the first from it")
    func latency() throws {
        let start = ContinuousClock.now
        var record = EditRecord(token: "edit-7")
        record.receive(Array("PATCH edit-7".utf8), now: start)
        #expect(record.writtenAt == nil, "what left before the event came is no answer to it")
        record.deliver(Array("other event".utf8), now: start)
        #expect(record.deliveredAt == nil)
        record.deliver(Array(#"{"value":"edit-7"}"#.utf8), now: start + .milliseconds(1))
        record.deliver(Array(#"{"value":"edit-7"}"#.utf8), now: start + .milliseconds(2))
        record.receive(Array("PATCH /status".utf8), now: start + .milliseconds(3))
        #expect(record.latency == nil)
        record.receive(Array("PATCH edit-7".utf8), now: start + .milliseconds(4))
        record.receive(Array("PATCH edit-7".utf8), now: start + .milliseconds(9))
        #expect(record.latency == .milliseconds(3))
    }
}
