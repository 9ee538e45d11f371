import CRDs
import JSON

extension OperationAnswer {
    /// Asks for the cluster to be stopped, or started.
    ///
    /// - Parameter busy: what must end before it is stopped.
    static func stopping(
        _ cluster: DatabaseCluster,
        _ stops: Bool,
        busy: @autoclosure () -> Refusal? = nil,
        report: @autoclosure () -> OperationReport
    ) -> OperationAnswer {
        let now = cluster.spec.stopped
        return change(
            now == stops ? [] : [("stopped", .bool(now), .bool(stops))],
            log: "stopped \(now) → \(stops)",
            busy: stops ? busy() : nil,
            waiting: "stopped is \(stops) already; waiting for the members",
            prefix: "the cluster \(stops ? "is stopped" : "runs") already: ",
            report: report()
        )
    }
}
