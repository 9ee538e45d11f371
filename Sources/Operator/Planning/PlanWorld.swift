import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Providers

/// Reads a provider's view of one cluster from an API server, once; what the reflectors do for the running operator.
struct PlanWorld {
    let client: KubernetesClient

    /// The children of that cluster, and which of the provider's kinds the server has.
    func observed(_ cluster: ObjectKey, by provider: any Provider, now: Timestamp) async throws -> Observed {
        var observed = Observed(now: now)
        for watched in provider.watches {
            guard let objects = try await objects(of: watched, in: cluster.namespace) else { continue }
            observed.installed.insert(watched.resource)
            for object in objects where watched.owningCluster(of: object.metadata) == cluster { observed.add(object) }
        }
        return observed
    }

    /// Nil when the kind is not installed.
    private func objects(of watched: WatchedKind, in namespace: String) async throws -> [ChildObject]? {
        var objects: [ChildObject] = []
        do throws(APIError) {
            _ = try await client.listAll(
                watched.resource,
                namespace: namespace,
                ListOptions(labelSelector: watched.labelSelector)
            ) { (page) throws(APIError) in
                if page.isFirst { objects = [] }
                objects += Self.items(of: page.bytes, watched)
            }
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
        return objects
    }

    /// An object that cannot be read is left out, as the running operator leaves it out.
    private static func items(of page: [UInt8], _ watched: WatchedKind) -> [ChildObject] {
        let items = try? JSONDocument.decode(page) { (root) throws(JSONError) in
            var items: [ChildObject] = []
            root["items"]?.forEachItem { item in
                if let child = try? watched.decode(item) { items.append(child) }
            }
            return items
        }
        return items ?? []
    }
}

extension Observed {
    /// The snapshot as it would be once these were applied.
    func applying(_ objects: [DesiredObject], by provider: any Provider) -> Observed {
        var changed = Observed(now: now, installed: installed, answers: answers)
        var left = objects
        for child in children.values.joined() {
            guard let index = left.firstIndex(where: { $0.resource == child.resource && $0.key == child.metadata.key }),
                let live = (child.body as? DynamicObject)?.content
            else {
                changed.add(child)
                continue
            }
            let object = left.remove(at: index)
            changed.add(Self.child(object, JSONMergePatch.apply(object.content, to: live), by: provider) ?? child)
        }
        for object in left {
            if let child = Self.child(object, object.content, by: provider) { changed.add(child) }
        }
        return changed
    }

    private static func child(_ object: DesiredObject, _ content: JSONValue, by provider: any Provider) -> ChildObject?
    {
        guard let watched = provider.watches.first(where: { $0.resource == object.resource }) else { return nil }
        return try? JSONDocument.decode(content.serialized()) { (root) throws(JSONError) in try watched.decode(root) }
    }
}
