import JSON
import KubernetesAPI

/// An event of a watch stream, decoded.
enum WatchedEvent<Object: KubernetesObject>: Sendable {
    case object(ReflectorMachine.Event, ObjectStore<Object>.Reading)
    /// The object's metadata cannot be read, so that not even its name is known.
    case nameless(ReflectorMachine.Event, reason: String)
    case bookmark(ReflectorMachine.Event)
    case error(ReflectorMachine.Failure)
    /// The line is no event.
    case garbage(String)
}

/// How events and pages become objects: first the envelope and the metadata, then the body, so that an object whose body
/// does not decode still moves the version and is known by name.
struct ObjectReader<Object: KubernetesObject>: Sendable {
    let kind: ObjectKind<Object>

    /// A line of a watch stream.
    func event(_ line: [UInt8]) -> WatchedEvent<Object> {
        do {
            return try JSONDocument.read(line) { (root: JSONElement) -> WatchedEvent<Object> in event(root) }
        } catch {
            return .garbage("\(error)")
        }
    }

    /// A line that is too large to be read, of which the beginning is known.
    ///
    /// The object counts as one that does not decode, so that the store does not go on showing what it was before.
    func event(tooLong start: [UInt8], size: Int) -> WatchedEvent<Object> {
        let event = TruncatedEvent(start)
        let reason = "it has \(size) bytes, more than are read; make it smaller"
        guard let version = event.resourceVersion, let name = event.name else {
            return .garbage("a \(kind.resource.kind) whose name comes too late to be found: \(reason)")
        }
        let metadata = ObjectMeta(
            name: name,
            namespace: event.namespace ?? "",
            uid: event.uid ?? "",
            resourceVersion: version
        )
        let object = UndecodableObject(metadata: metadata, reason: reason)
        switch event.type {
        case "ADDED": return .object(.added(resourceVersion: version), .undecodable(object))
        case "MODIFIED": return .object(.modified(resourceVersion: version), .undecodable(object))
        case "DELETED": return .object(.deleted(resourceVersion: version), .undecodable(object))
        default: return .garbage("an event of the type \(event.type ?? "") about \(metadata.key): \(reason)")
        }
    }

    private func event(_ root: JSONElement) -> WatchedEvent<Object> {
        guard let type = root["type"]?.string, let object = root["object"] else {
            return .garbage("an event without type or object")
        }
        let version = object["metadata"]?["resourceVersion"]?.string ?? ""
        switch type {
        case "ADDED": return read(object, as: .added(resourceVersion: version))
        case "MODIFIED": return read(object, as: .modified(resourceVersion: version))
        case "DELETED": return read(object, as: .deleted(resourceVersion: version))
        case "BOOKMARK":
            let mark = object["metadata"]?["annotations"]?["k8s.io/initial-events-end"]?.string
            return .bookmark(.bookmark(resourceVersion: version, endsInitialEvents: mark == "true"))
        case "ERROR":
            return .error(
                .status(
                    code: Int(object["code"]?.integer ?? 0),
                    reason: object["reason"]?.string ?? "",
                    message: object["message"]?.string ?? ""
                )
            )
        default: return .garbage("an event of the unknown type \(type)")
        }
    }

    private func read(_ object: JSONElement, as event: ReflectorMachine.Event) -> WatchedEvent<Object> {
        do throws(JSONError) {
            return .object(event, try reading(of: object))
        } catch {
            return .nameless(event, reason: "\(error)")
        }
    }

    /// An object; throws only when its metadata cannot be read.
    func reading(of object: JSONElement) throws(JSONError) -> ObjectStore<Object>.Reading {
        do throws(JSONError) {
            if let said = object["kind"]?.string, said != kind.resource.kind, said != "PartialObjectMetadata" {
                throw JSONError(message: "It says that it is a \(said), where a \(kind.resource.kind) was asked for.")
            }
            return .object(try kind.decode(object))
        } catch {
            guard let metadata = object["metadata"] else { throw error }
            let meta = try ObjectMeta(from: metadata)
            return .undecodable(UndecodableObject(metadata: meta, reason: "\(error)"))
        }
    }

    /// A page of a list; `nameless` has a sentence for each object whose metadata cannot be read.
    struct Page: Sendable {
        var readings: [ObjectStore<Object>.Reading] = []
        var nameless: [String] = []
        var resourceVersion = ""
        var continueToken: String?
    }

    /// The answer to a list request; throws when it is no list.
    @concurrent func page(_ body: [UInt8]) async throws -> Page {
        try JSONDocument.read(body) { (root: JSONElement) throws(JSONError) -> Page in
            // Anything but a list would be taken for an empty one, and all objects for deleted.
            guard let items = root["items"], items.kind == .array || items.isNull, let metadata = root["metadata"]
            else {
                throw JSONError(message: "the answer is no list")
            }
            var page = Page()
            page.resourceVersion = metadata["resourceVersion"]?.string ?? ""
            page.continueToken = metadata["continue"]?.string
            items.forEachItem { item in
                do throws(JSONError) {
                    page.readings.append(try reading(of: item))
                } catch {
                    page.nameless.append("\(error)")
                }
            }
            return page
        }
    }
}
