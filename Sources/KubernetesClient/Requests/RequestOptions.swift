/// Which objects of a collection to list, and how.
package struct ListOptions: Sendable, Equatable {
    package var labelSelector: String?
    package var fieldSelector: String?
    /// How many objects a page may have; nil = all in one answer.
    package var limit: Int?
    /// Where the previous page ended; comes from its `metadata.continue`.
    package var continuation: String?
    /// Nil = the newest state; see `resourceVersionMatch` for what another value means.
    package var resourceVersion: String?
    /// `NotOlderThan` or `Exact`; only together with `resourceVersion`.
    package var resourceVersionMatch: String?
    /// Ask for the objects' metadata alone.
    package var isMetadataOnly = false

    package init(labelSelector: String? = nil, fieldSelector: String? = nil, limit: Int? = 500) {
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
        self.limit = limit
    }

    /// With a continuation the server takes neither version nor match: the token holds both.
    var query: [QueryItem] {
        var query = QueryItem.selectors(label: labelSelector, field: fieldSelector)
        if let limit { query.append(QueryItem("limit", String(limit))) }
        if let continuation {
            query.append(QueryItem("continue", continuation))
        } else {
            query += QueryItem.version(resourceVersion, match: resourceVersionMatch)
        }
        return query
    }
}

/// Which changes to watch, and from where on.
package struct WatchOptions: Sendable, Equatable {
    package var labelSelector: String?
    package var fieldSelector: String?
    /// The version after which changes are wanted; nil or empty with `sendsInitialEvents` = the newest state.
    package var resourceVersion: String?
    package var allowsBookmarks = true
    /// Asks for the present objects first (KEP-3157), ended by a bookmark with `k8s.io/initial-events-end`.
    package var sendsInitialEvents = false
    /// When the server is to end the watch, in seconds; the client gives up after 5 s more without a byte.
    package var timeoutSeconds: Int?
    /// Ask for the objects' metadata alone.
    package var isMetadataOnly = false

    package init(resourceVersion: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil) {
        self.resourceVersion = resourceVersion
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
    }

    var query: [QueryItem] {
        var query = [QueryItem("watch", "1")]
        query += QueryItem.selectors(label: labelSelector, field: fieldSelector)
        if sendsInitialEvents { query.append(QueryItem("sendInitialEvents", "true")) }
        query += QueryItem.version(resourceVersion, match: sendsInitialEvents ? "NotOlderThan" : nil)
        if allowsBookmarks { query.append(QueryItem("allowWatchBookmarks", "true")) }
        if let timeoutSeconds { query.append(QueryItem("timeoutSeconds", String(timeoutSeconds))) }
        return query
    }
}

/// How a patch is written.
package enum PatchType: Sendable, Equatable {
    /// RFC 7386: an object with the fields that change.
    case merge
    /// RFC 6902: a list of operations.
    case json

    var contentType: String {
        switch self {
        case .merge: "application/merge-patch+json"
        case .json: "application/json-patch+json"
        }
    }
}

/// What the server does with fields that the kind does not have.
package enum FieldValidation: String, Sendable {
    /// The write is refused and the fields are named.
    case strict = "Strict"
    /// The fields are dropped and named in a warning.
    case warn = "Warn"
    /// The fields are dropped.
    case ignore = "Ignore"
}

/// What happens to what an object owns when it is deleted.
package enum PropagationPolicy: String, Sendable {
    case background = "Background"
    case foreground = "Foreground"
    case orphan = "Orphan"
}

/// How to delete, and which object alone.
package struct DeleteOptions: Sendable, Equatable {
    package var propagationPolicy: PropagationPolicy?
    /// Deletes only the object with this uid; another one is answered by a conflict.
    package var uid: String?
    /// Deletes only this version of the object.
    package var resourceVersion: String?
    package var gracePeriodSeconds: Int?

    package init(
        propagationPolicy: PropagationPolicy? = .background,
        uid: String? = nil,
        resourceVersion: String? = nil,
        gracePeriodSeconds: Int? = nil
    ) {
        self.propagationPolicy = propagationPolicy
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.gracePeriodSeconds = gracePeriodSeconds
    }
}
