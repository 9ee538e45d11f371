import JSON
import KubernetesAPI

extension APIServer {
    /// Installs definitions that come with the sandbox, with the outcome that creating them has.
    ///
    /// What is refused or written otherwise of somebody's definition is not looked for in these: going through tens of
    /// thousands of places at every start takes seconds, and tests hold that there is nothing to find.
    func install(_ definitions: [JSONValue]) {
        guard let kind = catalogue.kind(.customResourceDefinition) else { return }
        for definition in definitions {
            // Only an apply can fail here, and none is made.
            _ = try? install(definition, kind)
        }
    }

    private func install(_ definition: JSONValue, _ kind: ServedKind) throws(APIFailure) {
        let write = Write(kind, .create, WriteOptions(fieldManager: "dbaas-sandbox"))
        var object = definition
        CustomResourceDefinitionForm.complete(&object)
        prepareMetadata(&object, write)
        try recordFields(&object, live: nil, applied: nil, write)
        BuiltInDefaults.prepareForCreate(&object, kind, self)
        if var accepted = acceptNames(object) {
            let acceptance = Write(kind, subresource: "status", .update, WriteOptions(fieldManager: "kube-apiserver"))
            try recordFields(&accepted, live: object, applied: nil, acceptance)
            object = accepted
        }
        guard store.insert(kind.storage, object) != nil else { return }
        serve(object, Self.place(of: object), isTerminating: false)
    }
}
