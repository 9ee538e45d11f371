package import JSON

/// What this program looks at of a Pod.
package struct Pod: KubernetesObject, Equatable {
    /// One of the containers the spec asks for.
    package struct Container: Sendable, Equatable {
        /// Its name.
        package var name = ""
        /// Its image.
        package var image = ""
        /// `resources.requests`, or null.
        package var requests: JSONValue = .null
        /// `resources.limits`, or null.
        package var limits: JSONValue = .null
    }

    /// How a container is doing.
    package struct ContainerStatus: Sendable, Equatable {
        /// Its name.
        package var name = ""
        /// Whether it passes its readiness probe.
        package var isReady = false
        /// How often it was started again.
        package var restartCount: Int64 = 0
        /// Why it waits, as "CrashLoopBackOff"; empty when it does not.
        package var waitingReason = ""
        /// What the reason means, in the kubelet's words.
        package var waitingMessage = ""
        /// How it ended the last time it did; nil when it never has.
        package var lastExit: Exit?
    }

    /// How a container ended.
    package struct Exit: Sendable, Equatable {
        /// 0 means that it meant to.
        package var code: Int64 = 0
        /// Why, as "OOMKilled" or "Error"; empty when not told.
        package var reason = ""
        /// What it left as its last words, of which the kubelet keeps 4096 bytes; empty when there are none.
        package var message = ""
        /// When it had begun to run; nil when not told.
        package var startedAt: Timestamp?
    }

    /// The object's metadata.
    package var metadata: ObjectMeta
    /// The node it runs on; empty before it is scheduled.
    package var nodeName = ""
    /// The containers of the spec, without the init containers.
    package var containers: [Container] = []
    /// "Pending", "Running", "Succeeded", "Failed" or "Unknown".
    package var phase = ""
    /// Its address; empty before it has one.
    package var podIP = ""
    /// "PodScheduled", "Ready" and others.
    package var conditions: [Condition] = []
    /// How the containers are doing.
    package var containerStatuses: [ContainerStatus] = []

    /// A Pod of which nothing more is known.
    package init(metadata: ObjectMeta) { self.metadata = metadata }

    /// Whether it runs and its condition Ready is true.
    package var isReady: Bool { phase == "Running" && conditions.isTrue("Ready") && !metadata.isBeingDeleted }

    /// The kind.
    package static let kind = ObjectKind<Pod>(resource: .pod) { (element) throws(JSONError) in try Pod(from: element) }

    /// Reads an object as the API server gives it.
    package init(from element: JSONElement) throws(JSONError) {
        self.init(metadata: ObjectMeta(name: ""))
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "metadata": metadata = try ObjectMeta(from: value)
            case "spec": try readSpec(value)
            case "status": try readStatus(value)
            default: break
            }
        }
    }

    private mutating func readSpec(_ element: JSONElement) throws(JSONError) {
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "nodeName": nodeName = try value.asString()
            case "containers":
                containers = try value.decodeItems { (item) throws(JSONError) in try Container(from: item) }
            default: break
            }
        }
    }

    private mutating func readStatus(_ element: JSONElement) throws(JSONError) {
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "phase": phase = try value.asString()
            case "podIP": podIP = try value.asString()
            case "conditions": conditions = try [Condition](from: value)
            case "containerStatuses":
                containerStatuses = try value.decodeItems { (item) throws(JSONError) in try ContainerStatus(from: item)
                }
            default: break
            }
        }
    }
}

extension Pod.Container {
    fileprivate init(from element: JSONElement) throws(JSONError) {
        self.init()
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "name": name = try value.asString()
            case "image": image = try value.asString()
            case "resources":
                requests = value["requests"]?.value() ?? .null
                limits = value["limits"]?.value() ?? .null
            default: break
            }
        }
    }
}

extension Pod.ContainerStatus {
    fileprivate init(from element: JSONElement) throws(JSONError) {
        self.init()
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "name": name = try value.asString()
            case "ready": isReady = try value.asBool()
            case "restartCount": restartCount = try value.asInteger()
            case "state":
                waitingReason = value["waiting"]?["reason"]?.string ?? ""
                waitingMessage = value["waiting"]?["message"]?.string ?? ""
                if let ended = value["terminated"], !ended.isNull { lastExit = Pod.Exit(ended) }
            case "lastState":
                if lastExit == nil, let ended = value["terminated"], !ended.isNull { lastExit = Pod.Exit(ended) }
            default: break
            }
        }
    }
}

extension Pod.Exit {
    fileprivate init(_ element: JSONElement) {
        code = element["exitCode"]?.integer ?? 0
        reason = element["reason"]?.string ?? ""
        message = element["message"]?.string ?? ""
        startedAt = element["startedAt"]?.string.flatMap { Timestamp($0) }
    }
}
