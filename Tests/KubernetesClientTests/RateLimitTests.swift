import KubernetesAPI
import Synchronization
import Testing

@testable import KubernetesClient

@Suite("The client-side rate limit", .timeLimit(.minutes(1)))
struct RateLimitTests {
    private let start = ContinuousClock.now

    @Test("A full bucket lets its burst pass at once, then each waits its turn at the rate")
    func burstThenRate() {
        var bucket = TokenBucket(rate: 8, burst: 3, now: start)
        #expect((0..<3).map { _ in bucket.take(now: start) } == [.zero, .zero, .zero])
        #expect(bucket.take(now: start) == .milliseconds(125))
        #expect(bucket.take(now: start) == .milliseconds(250))
        // The two that were lent are paid back first.
        #expect(bucket.take(now: start + .milliseconds(375)) == .zero)
        #expect(bucket.take(now: start + .milliseconds(375)) == .milliseconds(125))
    }

    @Test("A pause fills the bucket up to its burst and no further")
    func fillsToBurst() {
        var bucket = TokenBucket(rate: 8, burst: 2, now: start)
        _ = (0..<2).map { _ in bucket.take(now: start) }
        let later = start + .seconds(3600)
        #expect((0..<3).map { _ in bucket.take(now: later) } == [.zero, .zero, .milliseconds(125)])
    }

    @Test("A token that is given back shortens the wait of those who come after")
    func givenBack() {
        var bucket = TokenBucket(rate: 8, burst: 1, now: start)
        #expect(bucket.take(now: start) == .zero)
        #expect(bucket.take(now: start) == .milliseconds(125))
        bucket.giveBack()
        #expect(bucket.take(now: start) == .milliseconds(125))
    }

    @Test("A request over the limit waits, ends at once when cancelled, and neither watches nor the unlimited wait")
    func client() async throws {
        let server = try ScriptedServer { request in
            [.answer(200, request.target.contains("watch=") ? "" : #"{"kind":"Pod"}"#)]
        }
        var configuration = ClientConfiguration(server: server.url)
        // The second request's turn comes in about eleven days.
        configuration.rateLimit = RateLimit(rate: 0.000_001, burst: 1)
        let client = KubernetesClient(configuration: configuration, userAgent: "test/1")
        let key = ObjectKey(namespace: "a", name: "x")
        _ = try await client.get(.pod, key)
        let waiting = Task { try await client.get(.pod, key) }
        _ = try await client.watch(.pod, namespace: "a", WatchOptions())
        _ = try await client.unlimited.get(.pod, key)
        #expect(server.requests.count == 3)
        waiting.cancel()
        let error = await #expect(throws: APIError.self) { _ = try await waiting.value }
        #expect(error?.isCancelled == true)
        #expect(server.requests.count == 3)
    }
}
