import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import Metrics
import Synchronization
import Testing

@Suite struct EventSeriesTests {
    private var series = EventSeries()
    private let start = ContinuousClock.now
    private static let subject = EventSubject(
        apiVersion: "v1",
        kind: "Thing",
        key: ObjectKey(namespace: "shop", name: "db")
    )

    private func note(_ reason: String = "Created", _ text: String = "") -> EventNote {
        EventNote(.normal, reason: reason, action: "Reconcile", note: text, regarding: Self.subject)
    }

    private func event(_ number: Int) -> ObjectKey { ObjectKey(namespace: "shop", name: "event-\(number)") }

    @Test("The first is created, the second makes a series, the others are counted and written when it is quiet")
    mutating func aggregates() {
        #expect(series.record(note(), as: event(1), now: start) == .create(event(1)))
        #expect(series.record(note("Created", "other words"), as: event(2), now: start) == .patch(event(1), count: 2))
        for number in 3...9 { #expect(series.record(note(), as: event(number), now: start) == .nothing) }
        #expect(series.flush(now: start + .seconds(300)).isEmpty)
        #expect(series.flush(now: start + .seconds(361)) == [.patch(event(1), count: 9)])
        #expect(series.record(note(), as: event(10), now: start + .seconds(362)) == .create(event(10)))
    }

    @Test("A series that never gets quiet is written each half hour")
    mutating func refresh() {
        _ = series.record(note(), as: event(1), now: start)
        _ = series.record(note(), as: event(1), now: start)
        var written: [EventSeries.Answer] = []
        for minute in 1...35 {
            let answer = series.record(note(), as: event(1), now: start + .seconds(60 * minute))
            if answer != .nothing { written.append(answer) }
        }
        #expect(written == [.patch(event(1), count: 32)])
    }

    @Test("One object may tell 25 different things at once, then one each five minutes; another is not affected")
    mutating func spam() {
        var created = 0
        for number in 0..<40 where series.record(note("R\(number)"), as: event(number), now: start) != .nothing {
            created += 1
        }
        #expect(created == 25)
        #expect(series.record(note("Later"), as: event(50), now: start + .seconds(301)) == .create(event(50)))
        let other = EventSubject(apiVersion: "v1", kind: "Thing", key: ObjectKey(namespace: "shop", name: "other"))
        let fresh = EventNote(.warning, reason: "R", action: "A", note: "", regarding: other)
        #expect(series.record(fresh, as: event(51), now: start) == .create(event(51)))
    }

    @Test("However many objects there are, only so many series are remembered")
    mutating func bounded() {
        var series = EventSeries(limit: 10)
        for number in 0..<100 {
            let subject = EventSubject(apiVersion: "v1", kind: "T", key: ObjectKey(namespace: "a", name: "\(number)"))
            let note = EventNote(.normal, reason: "R", action: "A", note: "", regarding: subject)
            _ = series.record(note, as: event(number), now: start)
        }
        #expect(series.count == 10)
    }

    @Test("A long note is cut at a character's edge to what the API takes")
    func longNote() {
        let long = note("R", String(repeating: "ä", count: 2000))
        #expect(long.note.utf8.count <= 1024)
        #expect(long.note.hasSuffix("ä…"))
    }
}

@Suite(.timeLimit(.minutes(1))) struct EventRecorderTests {
    @Test("Notes become events that name the object, then a series; a lost event is created anew")
    func writes() async {
        let (stream, reports) = AsyncStream<String>.makeStream()
        let sink = EventSink(
            create: { namespace, event in
                let reason = event.at("reason")?.string ?? ""
                reports.yield("create \(namespace) \(event.at("regarding", "name")?.string ?? "") \(reason)")
            },
            patch: { _, patch in
                reports.yield("patch \(patch.at("series", "count")?.integer ?? 0)")
                let status = APIStatus(code: 404, reason: "NotFound", message: "gone")
                throw APIError(.server(status), RequestLine(method: "PATCH", path: "/event"))
            }
        )
        let recorder = EventRecorder(
            controller: "test.example/operator",
            instance: "pod-1",
            sink: sink,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            metrics: NOOPMetricsHandler.instance
        )
        let note = EventNote(
            .normal,
            reason: "Ready",
            action: "Reconcile",
            note: "The cluster is ready.",
            regarding: EventSubject(apiVersion: "v1", kind: "Thing", key: ObjectKey(name: "db"))
        )
        recorder.record(note)
        recorder.record(note)
        await withTaskGroup { group in
            group.addTask { try? await recorder.run() }
            var seen: [String] = []
            for await report in stream {
                seen.append(report)
                if seen.count == 3 { break }
            }
            #expect(seen == ["create default db Ready", "patch 2", "create default db Ready"])
            group.cancelAll()
        }
    }
}
