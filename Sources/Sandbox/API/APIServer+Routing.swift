import JSON
import KubernetesAPI

extension APIServer {
    /// Answers a request for objects.
    func answerResource(_ request: APIRequest) throws(APIFailure) -> APIResponse {
        guard let target = RequestTarget(path: request.path) else { return .pageNotFound }
        let kinds = catalogue.current
        guard kinds.serves(group: target.group, version: target.version) else { return .pageNotFound }
        guard let kind = kinds.kind(group: target.group, version: target.version, plural: target.plural) else {
            let isCustom = kinds.kinds(group: target.group, version: target.version).allSatisfy(\.traits.isCustom)
            guard isCustom else { throw .noSuchResource }
            return .pageNotFound
        }
        let verb = RequestCounter.verb(request.method, hasName: target.name != nil, isWatch: isWatch(request, target))
        requests.count(request, target, verb: verb)
        guard isAddressed(kind, target, verb: verb) else {
            guard kind.traits.isCustom else { throw verb == "create" ? .methodNotAllowed : .noSuchResource }
            return .pageNotFound
        }
        if let subresource = target.subresource {
            return try answerSubresource(subresource, request, target, kind, verb: verb)
        }
        if kind.traits.isReview {
            guard request.method == "POST" else { throw .methodNotAllowed }
            return try answerReview(request, kind)
        }
        switch (request.method, target.name) {
        case ("GET", let name?), ("HEAD", let name?):
            return verb == "watch"
                ? try watchOne(request, kind, target, name: name) : try read(request, kind, target, name: name)
        case ("GET", nil), ("HEAD", nil): return try list(request, kind, target)
        case ("POST", nil): return try create(request, kind, target)
        case ("PUT", let name?): return try update(request, kind, target, name: name, subresource: nil)
        case ("PATCH", let name?): return try patch(request, kind, target, name: name, subresource: nil)
        case ("DELETE", let name?): return try delete(request, kind, target, name: name)
        case ("DELETE", nil): return try deleteCollection(request, kind, target)
        case ("PUT", nil), ("PATCH", nil): throw .badRequest("name must be provided")
        default: throw kind.traits.isCustom ? .unsupportedVerb(verb, kind.place) : .methodNotAllowed
        }
    }

    private func isWatch(_ request: APIRequest, _ target: RequestTarget) -> Bool {
        guard ["GET", "HEAD"].contains(request.method) else { return false }
        let flag = request.query["watch"]
        return target.isWatch || (flag != nil && flag != "false" && flag != "0" && target.name == nil)
    }

    /// Whether the address fits the kind's scope; objects of all namespaces can only be listed and watched.
    private func isAddressed(_ kind: ServedKind, _ target: RequestTarget, verb: String) -> Bool {
        guard kind.resource.isNamespaced else { return target.namespace == nil }
        return target.namespace != nil || (target.name == nil && ["list", "watch"].contains(verb))
    }

    private func answerSubresource(
        _ subresource: String,
        _ request: APIRequest,
        _ target: RequestTarget,
        _ kind: ServedKind,
        verb: String
    ) throws(APIFailure) -> APIResponse {
        let name = target.name ?? ""
        switch subresource {
        case "status" where kind.hasStatus: break
        case "finalize" where kind.storage == BuiltInKinds.namespace: break
        case "scale":
            guard let scale = kind.scale else { fallthrough }
            return try answerScale(request, kind, target, name: name, scale)
        default: throw kind.traits.isCustom ? .notFound(kind.place, name) : .noSuchResource
        }
        switch request.method {
        case "GET", "HEAD": return try read(request, kind, target, name: name)
        case "PUT": return try update(request, kind, target, name: name, subresource: subresource)
        case "PATCH": return try patch(request, kind, target, name: name, subresource: subresource)
        default: throw kind.traits.isCustom ? .unsupportedVerb(verb, kind.place) : .methodNotAllowed
        }
    }
}
