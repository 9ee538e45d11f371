package import KubernetesAPI

/// The object an event is about.
package struct EventSubject: Sendable, Hashable {
    /// Of the object, as "v1" or "group/version".
    package let apiVersion: String
    package let kind: String
    package let key: ObjectKey
    package let uid: String

    /// A subject by its parts; the uid may be unknown.
    package init(apiVersion: String, kind: String, key: ObjectKey, uid: String = "") {
        self.apiVersion = apiVersion
        self.kind = kind
        self.key = key
        self.uid = uid
    }

    /// The subject that is this object.
    package init(_ resource: ResourceType, _ metadata: ObjectMeta) {
        self.init(apiVersion: resource.apiVersion, kind: resource.kind, key: metadata.key, uid: metadata.uid)
    }
}

/// Something worth telling the owner of an object, as `kubectl describe` shows it.
package struct EventNote: Sendable, Hashable {
    /// The `type` of the event.
    package enum Severity: String, Sendable {
        case normal = "Normal"
        case warning = "Warning"
    }

    /// Whether somebody should look.
    package let severity: Severity
    /// Why, in PascalCase; at most 128 characters count.
    package let reason: String
    /// What was being done, in PascalCase; at most 128 characters count.
    package let action: String
    /// A sentence; at most 1,024 bytes are kept.
    package let note: String
    package let regarding: EventSubject
    /// Another object that takes part, a child for instance.
    package let related: EventSubject?

    /// A note; texts that are too long are cut.
    package init(
        _ severity: Severity,
        reason: String,
        action: String,
        note: String,
        regarding: EventSubject,
        related: EventSubject? = nil
    ) {
        self.severity = severity
        self.reason = String(reason.prefix(128))
        self.action = String(action.prefix(128))
        self.note = EventNote.shortened(note, toBytes: 1024)
        self.regarding = regarding
        self.related = related
    }

    /// The text cut at a character's edge, so that it stays valid UTF-8.
    private static func shortened(_ text: String, toBytes limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var cut = ""
        var size = 0
        for character in text {
            size += character.utf8.count
            guard size <= limit - 3 else { break }
            cut.append(character)
        }
        return cut + "…"
    }
}
