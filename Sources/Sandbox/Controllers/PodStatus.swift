import JSON
import KubernetesAPI

/// Writes the status of a pod as a kubelet reports it.
struct PodStatus {
    private let pod: JSONValue
    private let now: Timestamp

    init(_ pod: JSONValue, _ now: Timestamp) {
        self.pod = pod
        self.now = now
    }

    /// All containers run.
    func running(ready: Bool) -> JSONValue {
        status(phase: "Running", ready: ready, why: ready ? nil : ("ContainersNotReady", unready)) { _ in
            ["running": ["startedAt": .string(now.description)]]
        }
    }

    /// The containers start and exit, again and again, and the last words of the first are there to be read.
    func crashing(saying message: String) -> JSONValue {
        let first = containers.first?["name"]?.string
        var status = status(phase: "Running", ready: false, why: ("ContainersNotReady", unready)) { name in
            name == first
                ? [
                    "waiting": [
                        "reason": "CrashLoopBackOff",
                        "message": .string("back-off 10s restarting failed container=\(name) pod=\(pod.objectName)"),
                    ]
                ] : ["running": ["startedAt": .string(now.description)]]
        }
        var statuses = status["containerStatuses"]?.array ?? []
        guard !statuses.isEmpty else { return status }
        statuses[0]["restartCount"] = 3
        statuses[0]["lastState"] = [
            "terminated": [
                "exitCode": 1, "reason": "Error", "message": .string(message), "startedAt": .string(now.description),
                "finishedAt": .string(now.description),
            ]
        ]
        status["containerStatuses"] = .array(statuses)
        return status
    }

    /// No registry gives the image.
    func cannotPull() -> JSONValue {
        status(phase: "Pending", ready: false, why: ("ContainersNotReady", unready)) { name in
            let image = containers.first { $0["name"]?.string == name }?["image"]?.string ?? ""
            return [
                "waiting": ["reason": "ImagePullBackOff", "message": .string("Back-off pulling image \"\(image)\"")]
            ]
        }
    }

    /// No node has room.
    func unschedulable(_ why: String) -> JSONValue {
        [
            "phase": "Pending",
            "conditions": [condition("PodScheduled", false, ("Unschedulable", why))],
        ]
    }

    /// What two statuses have in common when nothing new is to be told.
    static func summary(_ status: JSONValue) -> JSONValue {
        let first = status["containerStatuses"]?[0]
        let waiting = first?.at("state", "waiting", "reason") ?? .null
        let lastWords = first?.at("lastState", "terminated", "message") ?? .null
        let scheduled = status["conditions"]?.array?.first { $0["type"]?.string == "PodScheduled" }?["reason"] ?? .null
        return [status["phase"] ?? .null, waiting, lastWords, scheduled]
    }

    private var containers: [JSONValue] { pod.at("spec", "containers")?.array ?? [] }

    private var unready: String {
        let names = containers.compactMap { $0["name"]?.string }
        return "containers with unready status: [\(names.joined(separator: " "))]"
    }

    private func status(
        phase: String,
        ready: Bool,
        why: (String, String)?,
        state: (String) -> JSONValue
    ) -> JSONValue {
        let statuses = containers.map { container -> JSONValue in
            let name = container["name"]?.string ?? ""
            return [
                "name": .string(name), "image": container["image"] ?? "", "imageID": container["image"] ?? "",
                "ready": .bool(ready), "started": .bool(ready), "restartCount": 0, "state": state(name),
            ]
        }
        return [
            "phase": .string(phase),
            "hostIP": "10.0.0.1",
            "podIP": .string(address),
            "podIPs": [["ip": .string(address)]],
            "startTime": pod.at("status", "startTime") ?? .string(now.description),
            "conditions": [
                condition("PodScheduled", true, nil), condition("Initialized", true, nil),
                condition("ContainersReady", ready, why), condition("Ready", ready, why),
            ],
            "containerStatuses": .array(statuses),
        ]
    }

    private func condition(_ type: String, _ isTrue: Bool, _ why: (reason: String, message: String)?) -> JSONValue {
        let status = isTrue ? "True" : "False"
        let former = pod.condition(type)
        let since = former?["status"]?.string == status ? former?["lastTransitionTime"]?.string : nil
        var fields: JSONObject = [
            "type": .string(type), "status": .string(status),
            "lastTransitionTime": .string(since ?? now.description),
        ]
        if let why {
            fields["reason"] = .string(why.reason)
            fields["message"] = .string(why.message)
        }
        return .object(fields)
    }

    /// An address of the pod network that is always the same for one pod.
    private var address: String {
        let hash = stableHash(of: .string(pod.objectUID))
        return "10.244.\(hash >> 8 & 0xff).\(hash & 0xff)"
    }
}
