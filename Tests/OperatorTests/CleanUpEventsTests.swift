import CRDs
import ControllerRuntime
import KubernetesAPI
import Providers
import Testing

@testable import Operator

@Suite("What the clean-up of a cluster tells")
struct CleanUpEventsTests {
    @Test("Each object that leaves something behind is a Warning of its own about the cluster")
    func abandonments() throws {
        let cluster = try Given.cluster()
        let notes = ["a", "b"].map { name in
            let key = ObjectKey(namespace: "default", name: name)
            let abandonment = Abandonment(
                .delete(.pod, key, uid: "uid-\(name)"),
                uid: "uid-\(name)",
                reason: "DataLeft",
                message: "\(name) stays in the bucket"
            )
            return EventNote(abandonment, of: cluster)
        }
        let first = try #require(notes.first)
        #expect(first.severity == .warning && first.reason == "DataLeft" && first.note == "a stays in the bucket")
        #expect(first.regarding == EventSubject(DatabaseCluster.resource, cluster.metadata))
        #expect(first.related?.key.name == "a" && first.related?.kind == "Pod" && first.related?.uid == "uid-a")
        var series = EventSeries()
        for note in notes {
            let event = ObjectKey(namespace: "default", name: "event-\(note.note)")
            #expect(series.record(note, as: event, now: .now) == .create(event))
        }
    }
}
