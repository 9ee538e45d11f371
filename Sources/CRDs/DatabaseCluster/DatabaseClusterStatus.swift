package import JSON
package import KubernetesAPI

/// A summary of a cluster for people; nothing but the operations' gate decides on it.
package enum DatabaseClusterPhase: String, Sendable, Hashable, CaseIterable {
    case pending = "Pending"
    case initializing = "Initializing"
    case ready = "Ready"
    case updating = "Updating"
    case scaling = "Scaling"
    case upgrading = "Upgrading"
    case restarting = "Restarting"
    case restoring = "Restoring"
    case stopping = "Stopping"
    case stopped = "Stopped"
    case degraded = "Degraded"
    case failed = "Failed"
    case deleting = "Deleting"
}

/// What the operator knows of a database; a field that is not known is nil and left out.
package struct DatabaseClusterStatus: Sendable, Equatable {
    package var phase: DatabaseClusterPhase?
    /// One sentence when the phase is not Ready, else empty.
    package var message = ""
    package var observedGeneration: Int64?
    /// A map by type; see `[Condition].set`.
    package var conditions: [Condition] = []
    package var provider: ProviderName?
    package var version: String?
    package var instances: Int?
    package var readyInstances: Int?
    package var primary: String?
    package var members: [MemberStatus] = []
    package var current = CurrentState()
    package var endpoints = EndpointsStatus()
    package var credentialsSecret: String?
    package var backup: BackupStatus?
    package var monitoring: MonitoringStatus?
    package var proxy: ProxyStatus?
    package var child: ObjectReference?
    package var operation: RunningOperation?
    /// A label selector of the members' pods, for the scale subresource.
    package var selector: String?

    package init() {}

    /// `2/3`, for the READY column; nil while either number is not known.
    package var ready: String? {
        guard let instances, let readyInstances else { return nil }
        return "\(readyInstances)/\(instances)"
    }

    /// The status as it is written; equal statuses give equal values.
    package var json: JSONValue {
        var fields = JSONObject()
        fields["phase"] = phase.map { .string($0.rawValue) }
        fields["message"] = .unlessEmpty(message)
        fields["observedGeneration"] = observedGeneration.map(JSONValue.integer)
        fields["conditions"] = .unlessEmpty(conditions.map(\.json))
        fields["provider"] = provider.map { .string($0.rawValue) }
        fields["version"] = version.map(JSONValue.string)
        fields["instances"] = instances.map { JSONValue($0) }
        fields["readyInstances"] = readyInstances.map { JSONValue($0) }
        fields["ready"] = ready.map(JSONValue.string)
        fields["primary"] = primary.map(JSONValue.string)
        fields["members"] = .unlessEmpty(members.map(\.json))
        fields["current"] = .unlessEmpty(current.json)
        fields["endpoints"] = .unlessEmpty(endpoints.json)
        fields["credentialsSecret"] = credentialsSecret.map(JSONValue.string)
        fields["backup"] = backup?.json
        fields["monitoring"] = monitoring?.json
        fields["proxy"] = proxy?.json
        fields["child"] = child?.json
        fields["operation"] = operation?.json
        fields["selector"] = selector.map(JSONValue.string)
        return .object(fields)
    }

    package init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        // A word that another version of this program wrote must not make the whole object unreadable.
        phase = try fields.string("phase").flatMap(DatabaseClusterPhase.init(rawValue:))
        message = try fields.string("message") ?? ""
        observedGeneration = try fields.integer("observedGeneration").map(Int64.init)
        conditions = try fields.list("conditions", Decode.condition)
        provider = try fields.string("provider").flatMap(ProviderName.init(rawValue:))
        version = try fields.string("version")
        instances = try fields.integer("instances")
        readyInstances = try fields.integer("readyInstances")
        primary = try fields.string("primary")
        credentialsSecret = try fields.string("credentialsSecret")
        selector = try fields.string("selector")
        try readParts(of: fields)
    }

    private mutating func readParts(of fields: FieldReader) throws(JSONError) {
        members = try fields.list("members") { (item) throws(JSONError) in try MemberStatus(from: item) }
        current =
            try fields.optional("current") { (part) throws(JSONError) in try CurrentState(from: part) } ?? current
        endpoints =
            try fields.optional("endpoints") { (part) throws(JSONError) in try EndpointsStatus(from: part) }
            ?? endpoints
        backup = try fields.optional("backup") { (part) throws(JSONError) in try BackupStatus(from: part) }
        monitoring = try fields.optional("monitoring") { (part) throws(JSONError) in
            try MonitoringStatus(from: part)
        }
        proxy = try fields.optional("proxy") { (part) throws(JSONError) in try ProxyStatus(from: part) }
        child = try fields.optional("child") { (part) throws(JSONError) in try ObjectReference(from: part) }
        operation = try fields.optional("operation") { (part) throws(JSONError) in
            try RunningOperation(from: part)
        }
    }
}
