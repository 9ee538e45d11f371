import KubernetesAPI
import Testing

@Suite struct TimestampTests {
    @Test(
        "RFC 3339 is read with fractions and offsets",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-01T12:00:00Z", 1_793_534_400_000_000),
            ("2026-11-01T12:00:00.5Z", 1_793_534_400_500_000), ("2026-11-01T12:00:00.1234567Z", 1_793_534_400_123_456),
            ("2026-11-01T13:30:00+01:30", 1_793_534_400_000_000), ("2026-11-01T04:00:00-08:00", 1_793_534_400_000_000),
            ("1969-12-31T23:59:59.999999Z", -1), ("2000-02-29T00:00:00Z", 951_782_400_000_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000_000),
        ] as [(String, Int64)]
    )
    func parse(text: String, microseconds: Int64) throws {
        let time = try #require(Timestamp(text))
        #expect(time.microseconds == microseconds)
        #expect(Timestamp(time.withMicroseconds) == time)
        #expect(Timestamp(time.description) == time.wholeSecond)
    }

    @Test(
        "other texts are no times",
        arguments: [
            "", "2026-11-01", "2026-11-01 12:00:00Z", "2026-11-01T12:00:00", "2026-11-01T12:00Z",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-00-10T00:00:00Z",
            "2026-11-00T00:00:00Z", "2026-11-01T24:00:00Z", "2026-11-01T12:60:00Z", "2026-11-01T12:00:60Z",
            "2026-11-01T12:00:00.Z", "2026-11-01T12:00:00+0100", "2026-11-01T12:00:00+24:00", "2026-11-01T12:00:00Zx",
            "2026-11-1T12:00:00Z", "+026-11-01T12:00:00Z", "2026-11-01t12:00:00z", "2026-11-01T12:00:00,5Z",
            "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
        ]
    )
    func refused(text: String) { #expect(Timestamp(text) == nil) }

    @Test("every day of four centuries is written and read as itself, one after the other")
    func calendar() throws {
        var previous = ""
        for day in stride(from: Int64(-73_000), to: 73_100, by: 1) {
            let time = Timestamp(seconds: day * 86_400 + 86_399)
            let text = time.description
            guard Timestamp(text) == time, text > previous else {
                Issue.record("\(text) after \(previous)")
                return
            }
            previous = text
        }
        #expect(previous == "2170-02-20T23:59:59Z")
    }

    @Test("moments and durations add up")
    func arithmetic() throws {
        let time = try #require(Timestamp("2026-11-01T12:00:00.25Z"))
        #expect((time + .milliseconds(1750)).withMicroseconds == "2026-11-01T12:00:02.000000Z")
        #expect((time - .seconds(1)).withMicroseconds == "2026-11-01T11:59:59.250000Z")
        #expect(time + .seconds(90) - time == .seconds(90))
        #expect(time < time + .microseconds(1))
        #expect(Timestamp.now > time - .seconds(86_400 * 365 * 20))
    }
}
