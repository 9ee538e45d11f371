import JSON
import KubernetesAPI

/// The columns of pods, workloads and events.
extension BuiltInColumns {
    static let pods: [TableColumn] = [
        .name,
        TableColumn(name: "Ready", type: "string") { pod, _ in
            let statuses = pod.at("status", "containerStatuses")?.array ?? []
            let ready = statuses.count { $0["ready"]?.bool == true }
            return .string("\(ready)/\(pod.at("spec", "containers")?.array?.count ?? 0)")
        },
        TableColumn(name: "Status", type: "string") { pod, _ in .string(podStatus(pod)) },
        TableColumn(name: "Restarts", type: "string") { pod, now in
            let statuses = pod.at("status", "containerStatuses")?.array ?? []
            let restarts = statuses.reduce(0) { $0 + ($1["restartCount"]?.integer ?? 0) }
            let last = statuses.compactMap { $0.at("lastState", "terminated", "finishedAt")?.string }.max()
            guard restarts > 0, let last else { return .string(String(restarts)) }
            return .string("\(restarts) (\(TableColumn.age(of: .string(last), now)) ago)")
        },
        .ageAsText,
        TableColumn(name: "IP", type: "string", priority: 1) { pod, _ in orNone(pod.at("status", "podIP")) },
        TableColumn(name: "Node", type: "string", priority: 1) { pod, _ in orNone(pod.at("spec", "nodeName")) },
        TableColumn(name: "Nominated Node", type: "string", priority: 1) { pod, _ in
            orNone(pod.at("status", "nominatedNodeName"))
        },
        TableColumn(name: "Readiness Gates", type: "string", priority: 1) { _, _ in "<none>" },
    ]

    static let deployments: [TableColumn] = [
        .name,
        TableColumn(name: "Ready", type: "string") { object, _ in
            let ready = object.at("status", "readyReplicas")?.integer ?? 0
            return .string("\(ready)/\(object.at("spec", "replicas")?.integer ?? 1)")
        },
        TableColumn(name: "Up-to-date", type: "string") { object, _ in
            .string(String(object.at("status", "updatedReplicas")?.integer ?? 0))
        },
        TableColumn(name: "Available", type: "string") { object, _ in
            .string(String(object.at("status", "availableReplicas")?.integer ?? 0))
        },
        .ageAsText,
        TableColumn(name: "Containers", type: "string", priority: 1) { object, _ in containers(object, "name") },
        TableColumn(name: "Images", type: "string", priority: 1) { object, _ in containers(object, "image") },
        TableColumn(name: "Selector", type: "string", priority: 1) { object, _ in
            pairs(object.at("spec", "selector", "matchLabels"))
        },
    ]

    static let jobs: [TableColumn] = [
        .name,
        TableColumn(name: "Status", type: "string") { job, _ in
            let conditions = (job.at("status", "conditions")?.array ?? []).filter { $0["status"] == "True" }
            let types = conditions.compactMap { $0["type"]?.string }
            return .string(["Complete", "Failed", "Suspended"].first(where: types.contains) ?? "Running")
        },
        TableColumn(name: "Completions", type: "string") { job, _ in
            let done = job.at("status", "succeeded")?.integer ?? 0
            return .string("\(done)/\(job.at("spec", "completions")?.integer ?? 1)")
        },
        TableColumn(name: "Duration", type: "string") { job, now in
            guard let start = job.at("status", "startTime")?.string.flatMap({ Timestamp($0) }) else { return "" }
            let end = job.at("status", "completionTime")?.string.flatMap { Timestamp($0) } ?? now
            return .string(humanDuration(seconds: (end.microseconds - start.microseconds) / 1_000_000))
        },
        .ageAsText,
        TableColumn(name: "Containers", type: "string", priority: 1) { object, _ in containers(object, "name") },
        TableColumn(name: "Images", type: "string", priority: 1) { object, _ in containers(object, "image") },
    ]

    static let events: [TableColumn] = [
        TableColumn(name: "Last Seen", type: "string") { event, now in .string(lastSeen(event, now)) },
        .field("Type", "string", "type"), .field("Reason", "string", "reason"),
        TableColumn(name: "Object", type: "string") { event, _ in
            let object = event["involvedObject"] ?? event["regarding"] ?? [:]
            return .string("\((object["kind"]?.string ?? "").lowercased())/\(object["name"]?.string ?? "")")
        },
        TableColumn(name: "Subobject", type: "string", priority: 1) { event, _ in
            (event["involvedObject"] ?? event["regarding"])?["fieldPath"] ?? ""
        },
        TableColumn(name: "Source", type: "string", priority: 1) { event, _ in
            let source = event["source"] ?? event["deprecatedSource"] ?? [:]
            return source["component"] ?? event["reportingComponent"] ?? event["reportingController"] ?? ""
        },
        TableColumn(name: "Message", type: "string") { event, _ in
            .string((event["message"] ?? event["note"])?.string?.trimmed ?? "")
        },
        TableColumn(name: "First Seen", type: "string", priority: 1) { event, now in
            .string(TableColumn.age(of: firstTime(event), now))
        },
        TableColumn(name: "Count", type: "string", priority: 1) { event, _ in
            let series = event.at("series", "count")?.integer
            return .string(String(series ?? (event["count"] ?? event["deprecatedCount"])?.integer ?? 1))
        },
        TableColumn(name: "Name", type: "string", format: "name", priority: 1) { event, _ in
            event.at("metadata", "name") ?? ""
        },
    ]

    private static func podStatus(_ pod: JSONValue) -> String {
        if pod.at("metadata", "deletionTimestamp") != nil { return "Terminating" }
        let statuses = pod.at("status", "containerStatuses")?.array ?? []
        for status in statuses {
            for state in ["waiting", "terminated"] {
                if let reason = status.at("state", state, "reason")?.string, !reason.isEmpty { return reason }
            }
        }
        return pod.at("status", "reason")?.string ?? pod.at("status", "phase")?.string ?? ""
    }

    private static func containers(_ object: JSONValue, _ field: String) -> JSONValue {
        let containers = object.at("spec", "template", "spec", "containers")?.array ?? []
        return .string(containers.compactMap { $0[field]?.string }.joined(separator: ","))
    }

    private static func firstTime(_ event: JSONValue) -> JSONValue? {
        [event["firstTimestamp"], event["deprecatedFirstTimestamp"], event["eventTime"]].first { $0?.string != nil }
            ?? nil
    }

    private static func lastSeen(_ event: JSONValue, _ now: Timestamp) -> String {
        let times = [
            event.at("series", "lastObservedTime"), event["lastTimestamp"], event["deprecatedLastTimestamp"],
        ]
        let last = times.first { $0?.string != nil } ?? nil
        return TableColumn.age(of: last ?? firstTime(event), now)
    }
}
