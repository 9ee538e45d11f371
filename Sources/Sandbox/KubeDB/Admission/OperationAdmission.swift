import JSON
import KubernetesAPI

/// The validating webhooks that KubeDB has for requests to its ops-manager; there are no mutating ones.
struct OperationAdmission: AdmissionPlugin {
    let group = KubeDB.operationsGroup

    func admit(
        _ resource: ResourceType,
        new: JSONValue,
        old: JSONValue?,
        _ stored: any StoredObjectReader
    ) throws(APIFailure) -> Admission {
        guard let engine = DatabaseEngine.of(operation: resource), !new.isBeingDeleted,
            let type = new.at("spec", "type")?.string, engine.operations.contains(type),
            let name = new.at("spec", "databaseRef", "name")?.string
        else { return Admission(object: new) }
        let refusal = Refusal(webhook: "\(resource.kind.lowercased())webhook.validators.ops.kubedb.com")
        if let old, old["spec"] != new["spec"] { throw refusal.frozen("spec", of: ["spec"]) }
        let key = ObjectKey(namespace: new.objectNamespace, name: name)
        let database = stored.object(engine.database, key)
        if database == nil { try refuseMissing(key, engine, new, refusal) }
        let validation = OperationValidation(
            engine: engine,
            request: new,
            database: database?["spec"] ?? [:],
            stored: stored
        )
        if let why = validation.complaint(about: type) {
            if why == OperationValidation.panic {
                throw APIFailure(
                    code: 500,
                    reason: "InternalError",
                    message: "admission webhook \"\(refusal.webhook)\" denied the request: \(why)"
                )
            }
            let isLowercase = ["elasticsearch", "kafka", "redissentinel"].contains(engine.name)
            let prefix = isLowercase ? engine.name : engine.kind
            throw refusal.invalid(
                kind: resource.kind,
                group: "\(prefix)opsrequest\(engine.name == "redissentinel" ? "" : "s").kubedb.com",
                name: new.objectName,
                [("spec.\(OperationValidation.block(of: type))", why)]
            )
        }
        return Admission(object: new, warnings: validation.warnings(about: type))
    }

    /// A database that is not there: most webhooks say 403, Redis' pass the look-up's 404 on, and two see no harm.
    private func refuseMissing(
        _ key: ObjectKey,
        _ engine: DatabaseEngine,
        _ request: JSONValue,
        _ refusal: Refusal
    ) throws(APIFailure) {
        let why = "spec.databaseRef \(key.namespace)/\(key.name), is invalid or not found"
        switch engine.name {
        case "mongodb", "elasticsearch": return
        case "redis", "redissentinel": throw refusal.notFound(engine.database, key.name)
        case "kafka": throw refusal.plain(why)
        default: throw refusal.plain("spec.databaseRef: Invalid value: \"\(request.objectName)\": \(why)")
        }
    }
}
