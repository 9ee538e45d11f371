import JSON
import KubernetesAPI

extension APIServer {
    static let definitionFinalizer = "customresourcecleanup.apiextensions.k8s.io"

    /// What is wrong with a definition, beside its metadata.
    func definitionCauses(_ definition: JSONValue, old: JSONValue?) -> [APIFailure.Cause] {
        let errors =
            old.map { CustomResourceDefinitionValidation.validateUpdate(definition, old: $0) }
            ?? CustomResourceDefinitionValidation.validate(definition)
        return errors.map(APIFailure.Cause.init)
    }

    /// Lets what depends on an object follow it: the kinds that a definition makes come, change and go with it.
    func afterWrite(_ kind: ServedKind, _ stored: StoredObject) {
        guard kind.place == BuiltInKinds.definitions else { return }
        let definition = value(of: stored, kind)
        let place = Self.place(of: definition)
        guard store.object(BuiltInKinds.definitions, stored.key) != nil else {
            catalogue.replace(place, with: [])
            store.close(place)
            return
        }
        guard definition.at("metadata", "deletionTimestamp") == nil else {
            return serve(definition, place, isTerminating: true)
        }
        if let accepted = acceptNames(definition) {
            _ = try? update(.customResourceDefinition, accepted, subresource: "status", manager: "kube-apiserver")
            return
        }
        serve(definition, place, isTerminating: false)
    }

    /// Serves the kinds of a definition whose names are accepted.
    func serve(_ definition: JSONValue, _ place: GroupResource, isTerminating: Bool) {
        guard Self.condition("Established", of: definition)?["status"] == "True" else { return }
        var kinds = CustomKinds.kinds(of: definition)
        for index in kinds.indices { kinds[index].isTerminating = isTerminating }
        store.open(place)
        catalogue.replace(place, with: kinds)
    }

    /// The definition with its names accepted and its conditions set; nil when they are so already.
    func acceptNames(_ definition: JSONValue) -> JSONValue? {
        let names = definition.at("spec", "names") ?? [:]
        let conflict = nameConflict(names, Self.place(of: definition))
        var accepted = definition
        var conditions = (definition.at("status", "conditions")?.array ?? [])
        if let conflict {
            Self.set(&conditions, "NamesAccepted", "False", "KindConflict", conflict)
            if Self.condition("Established", of: definition)?["status"] != "True" {
                Self.set(&conditions, "Established", "False", "NotAccepted", "not all names are accepted")
            }
        } else {
            accepted["status", "acceptedNames"] = names
            Self.set(&conditions, "NamesAccepted", "True", "NoConflicts", "no conflicts found")
            Self.set(&conditions, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted")
        }
        accepted["status", "conditions"] = .array(conditions)
        accepted["status", "storedVersions"] = storedVersions(definition)
        if accepted == definition { return nil }
        return accepted
    }

    /// Why a definition's names cannot be its own: another kind of its group has one of them.
    private func nameConflict(_ names: JSONValue, _ place: GroupResource) -> String? {
        let kinds = catalogue.current
        for version in kinds.versions(of: place.group) {
            for other in kinds.kinds(group: place.group, version: version) where other.resource.plural != place.plural {
                if names["kind"]?.string == other.resource.kind {
                    return "\"\(other.resource.kind)\" is already in use"
                }
                if names["singular"]?.string == other.singular { return "\"\(other.singular)\" is already in use" }
            }
        }
        return nil
    }

    private func storedVersions(_ definition: JSONValue) -> JSONValue {
        var versions = definition.at("status", "storedVersions")?.array ?? []
        let storage = (definition.at("spec", "versions")?.array ?? []).first { $0["storage"]?.bool == true }?["name"]
        if let storage, !versions.contains(storage) { versions.append(storage) }
        return .array(versions)
    }

    /// Says in a definition's conditions that it is going.
    func markTerminating(_ definition: inout JSONValue) {
        var conditions = definition.at("status", "conditions")?.array ?? []
        Self.set(
            &conditions,
            "Terminating",
            "True",
            "InstanceDeletionPending",
            "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon"
        )
        definition["status", "conditions"] = .array(conditions)
    }

    static func place(of definition: JSONValue) -> GroupResource {
        GroupResource(
            group: definition.at("spec", "group")?.string ?? "",
            plural: definition.at("spec", "names", "plural")?.string ?? ""
        )
    }

    private static func condition(_ type: String, of definition: JSONValue) -> JSONValue? {
        definition.at("status", "conditions")?.array?.first { $0["type"]?.string == type }
    }

    private static func set(
        _ conditions: inout [JSONValue],
        _ type: String,
        _ status: String,
        _ reason: String,
        _ message: String
    ) {
        let position = conditions.firstIndex { $0["type"]?.string == type }
        var condition: JSONValue = [
            "type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message),
        ]
        if let position, conditions[position]["status"]?.string == status {
            condition["lastTransitionTime"] = conditions[position]["lastTransitionTime"]
            conditions[position] = condition
        } else {
            condition["lastTransitionTime"] = .string(Timestamp.now.description)
            if let position { conditions[position] = condition } else { conditions.append(condition) }
        }
    }
}
