import KubernetesAPI

extension APIServer {
    /// Answers a watch; what can be refused is refused before the first line.
    func watch(
        _ request: APIRequest,
        _ kind: ServedKind,
        _ selection: Selection,
        _ options: ListOptions
    )
        throws(APIFailure) -> APIResponse
    {
        let representation = try Representation(accept: request.accept, allowing: [.object, .table, .metadata])
        var start: UInt64?
        if !options.resourceVersion.isEmpty, options.resourceVersion != "0" {
            start = try RequestedRevision.parse(options.resourceVersion)
        }
        switch options.sendsInitialEvents {
        case true: start = nil
        case false: start = start ?? store.revision
        case nil: break
        }
        let encoder = WatchEncoder(
            kind: kind,
            selection: selection,
            form: representation.form,
            rowObject: rowObject(request)
        )
        let stream = WatchStream(
            store: store,
            place: kind.storage,
            encoder: encoder,
            options: options,
            after: start,
            bookmarkInterval: self.options.bookmarkInterval
        )
        return APIResponse(contentType: "application/json", body: .stream(stream))
    }

    /// Answers the old form of a watch on one object, by its address.
    func watchOne(
        _ request: APIRequest,
        _ kind: ServedKind,
        _ target: RequestTarget,
        name: String
    ) throws(APIFailure)
        -> APIResponse
    {
        let options = try ListOptions(request.query, isWatch: true)
        let selection = try Selection(options, kind, namespace: target.namespace, name: name)
        return try watch(request, kind, selection, options)
    }
}
