import JSON
import KubernetesAPI

extension APIServer {
    /// Answers /api, /api/v1, /apis, /apis/GROUP and /apis/GROUP/VERSION.
    func answerDiscovery(_ request: APIRequest, _ segments: [Substring]) throws(APIFailure) -> APIResponse {
        guard ["GET", "HEAD"].contains(request.method) else { throw .methodNotAllowed }
        let kinds = catalogue.current
        let representation = try Representation(accept: request.accept, allowing: [.object, .discovery])
        let path = segments.map(String.init)
        switch (path[0], path.count) {
        case ("api", 1):
            if representation.form == .discovery { return aggregated(kinds, groups: [""]) }
            return .json([
                "kind": "APIVersions", "versions": ["v1"],
                "serverAddressByClientCIDRs": [
                    ["clientCIDR": "0.0.0.0/0", "serverAddress": .string(request.headers["host"] ?? "127.0.0.1")]
                ],
            ])
        case ("apis", 1):
            let groups = kinds.groups.filter { !$0.isEmpty }
            if representation.form == .discovery { return aggregated(kinds, groups: groups) }
            return .json([
                "kind": "APIGroupList", "apiVersion": "v1",
                "groups": .array(groups.map { Discovery.group($0, kinds, isInList: true) }),
            ])
        case ("apis", 2):
            guard kinds.groups.contains(path[1]) else { return .pageNotFound }
            return .json(Discovery.group(path[1], kinds, isInList: false))
        default:
            let (group, version) = path[0] == "api" ? ("", path[1]) : (path[1], path[2])
            guard kinds.serves(group: group, version: version) else { return .pageNotFound }
            return .json(Discovery.resources(kinds.kinds(group: group, version: version), group, version))
        }
    }

    private func aggregated(_ kinds: ServedKinds, groups: [String]) -> APIResponse {
        let list: JSONValue = [
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": [:],
            "items": .array(groups.map { AggregatedDiscovery.group($0, kinds) }),
        ]
        return .json(
            list.serialized(),
            contentType: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        )
    }

    /// Answers /version: which Kubernetes the sandbox behaves like.
    func answerVersion(_ request: APIRequest) throws(APIFailure) -> APIResponse {
        try get(request) {
            .json([
                "major": "1", "minor": "36", "gitVersion": "v1.36.0+dbaas-sandbox", "gitCommit": "sandbox",
                "gitTreeState": "clean", "buildDate": "2026-01-01T00:00:00Z", "goVersion": "swift6.3",
                "compiler": "swiftc", "platform": "linux/amd64", "emulationMajor": "1", "emulationMinor": "36",
                "minCompatibilityMajor": "1", "minCompatibilityMinor": "35",
            ])
        }
    }
}

/// The discovery documents that every client reads.
enum Discovery {
    static func group(_ group: String, _ kinds: ServedKinds, isInList: Bool) -> JSONValue {
        let versions = kinds.versions(of: group).map { version -> JSONValue in
            ["groupVersion": .string(apiVersion(group, version)), "version": .string(version)]
        }
        var document: JSONValue = [
            "name": .string(group), "versions": .array(versions), "preferredVersion": versions.first ?? [:],
        ]
        guard !isInList else { return document }
        document["kind"] = "APIGroup"
        document["apiVersion"] = "v1"
        return document
    }

    static func resources(_ kinds: [ServedKind], _ group: String, _ version: String) -> JSONValue {
        [
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(apiVersion(group, version)),
            "resources": .array(kinds.flatMap(entries)),
        ]
    }

    private static func entries(_ kind: ServedKind) -> [JSONValue] {
        var entry: JSONValue = [
            "name": .string(kind.resource.plural), "singularName": .string(kind.singular),
            "namespaced": .bool(kind.resource.isNamespaced), "kind": .string(kind.resource.kind),
            "verbs": JSONValue(kind.verbs),
        ]
        if !kind.shortNames.isEmpty { entry["shortNames"] = JSONValue(kind.shortNames) }
        if !kind.categories.isEmpty { entry["categories"] = JSONValue(kind.categories) }
        if !kind.traits.isReview { entry["storageVersionHash"] = .string(kind.storageVersionHash) }
        return [entry]
            + kind.subresources.map { subresource in
                var entry: JSONValue = [
                    "name": .string("\(kind.resource.plural)/\(subresource.name)"), "singularName": "",
                    "namespaced": .bool(kind.resource.isNamespaced), "kind": .string(subresource.kind),
                    "verbs": JSONValue(subresource.verbs),
                ]
                if subresource.name == "scale" {
                    entry["group"] = "autoscaling"
                    entry["version"] = "v1"
                }
                return entry
            }
    }

    static func apiVersion(_ group: String, _ version: String) -> String {
        group.isEmpty ? version : "\(group)/\(version)"
    }
}

extension ServedKind {
    /// The addresses below an object, with the kind each of them shows.
    var subresources: [(name: String, kind: String, verbs: [String])] {
        var list: [(name: String, kind: String, verbs: [String])] = []
        if place == BuiltInKinds.namespace { list.append(("finalize", resource.kind, ["update"])) }
        if scale != nil { list.append(("scale", "Scale", ["get", "patch", "update"])) }
        if hasStatus { list.append(("status", resource.kind, ["get", "patch", "update"])) }
        return traits.isCustom ? list.reversed() : list
    }
}
