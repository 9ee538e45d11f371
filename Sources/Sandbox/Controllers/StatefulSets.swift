import JSON
import KubernetesAPI

/// Which pods and claims belong to which stateful set, and what is read before ``StatefulSetRules`` decide.
struct StatefulSets: Sendable {
    /// The numbers of the pods that each set was last seen to have.
    private var numbers: [ObjectReference: Set<Int>] = [:]
    private var sets: [ObjectReference: ObjectReference] = [:]

    /// What is to be looked at because that object changed, besides itself; nil stands for an object that is gone.
    mutating func note(_ change: ObjectReference, _ object: JSONValue?) -> [ObjectReference] {
        switch change.resource {
        case .pod: notePod(change, object)
        case .persistentVolumeClaim: sets[change].map { [$0] } ?? []
        default: []
        }
    }

    private mutating func notePod(_ pod: ObjectReference, _ object: JSONValue?) -> [ObjectReference] {
        let former = sets[pod]
        let place = Self.place(of: pod.key.name)
        let controller = object?.controller
        let isOfSet = controller?["kind"]?.string == "StatefulSet"
        let current = isOfSet ? place.map { ObjectReference(.statefulSet, pod.key.namespace, $0.set) } : nil
        if object == nil {
            sets[pod] = nil
            if let former, let place { numbers[former]?.remove(place.number) }
        } else if let current, let place {
            sets[pod] = current
            numbers[current, default: []].insert(place.number)
        }
        // Its claims may have waited for the pod to be gone.
        var affected = [former, current].compactMap(\.self)
        if object == nil { affected += claims(of: pod) }
        return affected
    }

    private func claims(of pod: ObjectReference) -> [ObjectReference] {
        claimsOfPods[pod].map { Array($0) } ?? []
    }
    private var claimsOfPods: [ObjectReference: Set<ObjectReference>] = [:]

    /// The set and the number that a pod's name tells.
    private static func place(of pod: String) -> (set: String, number: Int)? {
        guard let dash = pod.lastIndex(of: "-"), let number = Int(pod[pod.index(after: dash)...]) else { return nil }
        return (String(pod[..<dash]), number)
    }

    /// What is to be written for a set as it is now.
    mutating func decide(_ set: JSONValue, _ api: any SandboxAPI) async -> [APIAction] {
        let reference = ObjectReference(.statefulSet, set.objectKey)
        let selector = set.at("spec", "selector", "matchLabels")?.strings ?? [:]
        var pods: [Int: JSONValue] = [:]
        var claims: [String: JSONValue] = [:]
        for number in Set(0..<max(0, StatefulSetRules.replicas(set))).union(numbers[reference] ?? []) {
            let name = "\(set.objectName)-\(number)"
            let place = ObjectReference(.pod, set.objectNamespace, name)
            let found = await api.get(.pod, place.key)
            if let pod = found, Self.isMine(pod, set, selector) {
                pods[number] = pod
                sets[place] = reference
                numbers[reference, default: []].insert(number)
            }
            for (claimName, _) in StatefulSetRules.claims(of: name, in: set) {
                let claim = ObjectReference(.persistentVolumeClaim, set.objectNamespace, claimName)
                sets[claim] = reference
                claimsOfPods[place, default: []].insert(claim)
                claims[claimName] = await api.get(.persistentVolumeClaim, claim.key)
            }
        }
        return StatefulSetRules(set: set, pods: pods, claims: claims).decide()
    }

    /// Forgets a set that is gone.
    mutating func forget(_ set: ObjectReference) { numbers[set] = nil }

    private static func isMine(_ pod: JSONValue, _ set: JSONValue, _ selector: [String: String]) -> Bool {
        if let controller = pod.controller { return controller["uid"]?.string == set.objectUID }
        return selector.allSatisfy { pod.label($0.key) == $0.value }
    }

    /// A claim that is deleted goes once no pod of its name is there any more.
    func release(_ claim: JSONValue, _ api: any SandboxAPI) async -> [APIAction] {
        guard claim.isBeingDeleted, claim.finalizers.contains(StatefulSetRules.protection) else { return [] }
        let place = ObjectReference(.persistentVolumeClaim, claim.objectKey)
        // The pod's name is what follows the template's; which dash parts them is found by looking.
        var rest = claim.objectName[...]
        while let dash = rest.firstIndex(of: "-") {
            rest = rest[rest.index(after: dash)...]
            let key = ObjectKey(namespace: claim.objectNamespace, name: String(rest))
            guard let pod = await api.get(.pod, key) else { continue }
            let uses = pod.at("spec", "volumes")?.array?.contains {
                $0.at("persistentVolumeClaim", "claimName")?.string == claim.objectName
            }
            if uses == true { return [] }
        }
        return [.patch(place, claim.patchRemoving(finalizer: StatefulSetRules.protection))]
    }
}
