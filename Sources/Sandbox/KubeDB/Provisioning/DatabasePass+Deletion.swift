import JSON
import KubernetesAPI

/// What a deleted database takes with it.
///
/// The garbage collector does the deleting: what is to go is owned by the database, what is to stay by nobody.
extension DatabasePass {
    mutating func terminate() {
        guard snapshot.database.finalizers.contains(KubeDB.finalizer) else { return }
        let policy = spec["deletionPolicy"]?.string ?? "Delete"
        let takesVolumes = policy == "Delete" || policy == "WipeOut"
        for claim in snapshot.claims.values { own(claim, .persistentVolumeClaim, takesVolumes) }
        for (place, secret) in snapshot.others where place.resource == .secret {
            let isManaged = secret.label(KubeDB.Label.manager) == KubeDB.group
            let isShared = snapshot.sharedSecrets.contains(place.key.name)
            own(secret, .secret, policy == "WipeOut" && isManaged && !isShared)
        }
        act(.patch(snapshot.reference, snapshot.database.patchRemoving(finalizer: KubeDB.finalizer)))
    }

    private mutating func own(_ object: JSONValue, _ resource: ResourceType, _ isOwned: Bool) {
        guard (object.controller?["uid"]?.string == snapshot.database.objectUID) != isOwned, !object.isBeingDeleted
        else { return }
        let owners: JSONValue = isOwned ? [KubeDB.controller(snapshot.database)] : .null
        act(.patch(snapshot.reference(resource, object.objectName), ["metadata": ["ownerReferences": owners]]))
    }
}
