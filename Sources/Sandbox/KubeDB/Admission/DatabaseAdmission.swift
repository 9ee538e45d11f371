import JSON
import KubernetesAPI

/// The webhooks that KubeDB has for databases: first the mutating one, then the validating one.
struct DatabaseAdmission: AdmissionPlugin {
    let group = KubeDB.group

    func admit(
        _ resource: ResourceType,
        new: JSONValue,
        old: JSONValue?,
        _ stored: any StoredObjectReader
    ) throws(APIFailure) -> Admission {
        // Older versions of the same kinds take another path, and none of the sandbox's clients speaks them.
        guard let engine = DatabaseEngine.of(database: resource), resource.version == "v1" else {
            return Admission(object: new)
        }
        // Without a version the schema has the word.
        guard let version = new.at("spec", "version")?.string, !new.isBeingDeleted else {
            return Admission(object: new)
        }
        let refusal = Refusal(webhook: Self.webhook(engine, "mutators"))
        let isKafka = engine.name == "kafka"
        if !isKafka, new.at("spec", "halted")?.bool == true,
            new.at("spec", "deletionPolicy")?.string == "DoNotTerminate"
        {
            let word = engine.name == "mongodb" || engine.name == "elasticsearch" ? "deletion" : "termination"
            throw refusal.plain("Can't halt, since \(word) policy is 'DoNotTerminate'")
        }
        guard let catalogue = stored.object(engine.catalogue, ObjectKey(namespace: "", name: version)) else {
            guard isKafka else { throw refusal.notFound(engine.catalogue, version) }
            throw Refusal(webhook: Self.webhook(engine, "validators")).invalid(
                kind: "Kafka",
                group: "kafka.kubedb.com",
                name: new.objectName,
                [("spec.version", "version not supported")]
            )
        }
        let defaulted = DatabaseDefaults(engine: engine, version: catalogue).applied(to: new)
        let validation = DatabaseValidation(
            engine: engine,
            version: catalogue,
            database: defaulted,
            refusal: Refusal(webhook: Self.webhook(engine, "validators")),
            stored: stored
        )
        if let old, !isKafka { try validation.checkFrozen(since: old) }
        try validation.check()
        return Admission(object: defaulted)
    }

    func admitDeletion(
        _ resource: ResourceType,
        of old: JSONValue,
        _ stored: any StoredObjectReader
    ) throws(APIFailure) {
        guard let engine = DatabaseEngine.of(database: resource),
            old.at("spec", "deletionPolicy")?.string == "DoNotTerminate"
        else { return }
        let refusal = Refusal(webhook: Self.webhook(engine, "validators"))
        guard engine.name != "kafka" else {
            throw refusal.invalid(
                kind: "Kafka",
                group: "kafka.kubedb.com",
                name: old.objectName,
                [("spec.deletionPolicy", "Can not delete as deletionPolicy is set to \"DoNotTerminate\"")]
            )
        }
        throw refusal.plain(
            "\(engine.deletionSubject) \"\(old.objectNamespace)/\(old.objectName)\" can't be terminated. "
                + "To delete, change spec.deletionPolicy"
        )
    }

    private static func webhook(_ engine: DatabaseEngine, _ kind: String) -> String {
        "\(engine.kind.lowercased())webhook.\(kind).kubedb.com"
    }
}

/// How a webhook of controller-runtime says no.
struct Refusal: Sendable {
    let webhook: String

    private var prefix: String { "admission webhook \"\(webhook)\" denied the request: " }

    /// An error without a status of its own: 403.
    func plain(_ why: String) -> APIFailure { APIFailure(code: 403, reason: "Forbidden", message: prefix + why) }

    /// The failure of a look-up, passed on with its own code: 404.
    func notFound(_ resource: ResourceType, _ name: String) -> APIFailure {
        let why = APIFailure.notFound(GroupResource(group: resource.group, plural: resource.plural), name)
        return APIFailure(code: why.code, reason: why.reason, message: prefix + why.message, details: why.details)
    }

    /// Fields that break rules: 422.
    ///
    /// - Parameter causes: fields and sentences; the value that is named with each is the object's name, as upstream
    ///   does it.
    func invalid(
        kind: String,
        group: String,
        name: String,
        _ causes: [(field: String, why: String)]
    ) -> APIFailure {
        let why = APIFailure.invalid(
            kind: kind,
            group: group,
            name: name,
            causes.map { .invalid($0.field, "\"\(name)\"", $0.why) }
        )
        return APIFailure(code: why.code, reason: why.reason, message: prefix + why.message, details: why.details)
    }

    /// A change of what may not change: 403.
    func frozen(_ field: String, of fields: [String]) -> APIFailure {
        plain(
            "precondition failed for: map[\(field)].At least one of the following was changed:\n\t"
                + fields.sorted().joined(separator: "\n\t")
        )
    }
}
