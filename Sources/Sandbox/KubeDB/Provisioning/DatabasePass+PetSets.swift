import JSON
import KubernetesAPI

/// What the controller of PetSets does, which is not KubeDB's own: as many pods and volumes as asked for, and no more.
extension DatabasePass {
    mutating func follow(_ petSet: JSONValue) {
        let pods = snapshot.pods(of: petSet.objectName)
        guard !petSet.isBeingDeleted else { return }
        let wanted = petSet.wantedReplicas
        let builder = PetSetObjects(objects: objects)
        let isParallel = petSet.at("spec", "podManagementPolicy")?.string == "Parallel"
        for ordinal in 0..<wanted {
            let name = "\(petSet.objectName)-\(ordinal)"
            for template in petSet.at("spec", "volumeClaimTemplates")?.array ?? []
            where snapshot.claims[PetSetObjects.claimName(template, name)] == nil {
                // What is there already keeps its size, whatever the template has come to say.
                act(.create(.persistentVolumeClaim, builder.claim(template, of: name, petSet)))
            }
            if let pod = snapshot.pods[name] {
                if !isParallel, !pod.isReadyPod { break }
                continue
            }
            act(.create(.pod, builder.pod(name, of: petSet, revision: revision(of: petSet))))
            count(.podCreations)
            if !isParallel { break }
        }
        if let last = pods.last, last.ordinal >= wanted, !pods.contains(where: \.isBeingDeleted) {
            act(.delete(snapshot.reference(.pod, last.objectName)))
        }
        elect(in: petSet, pods)
        passOnFailures(to: pods)
        report(petSet, pods)
    }

    /// What identifies the template that pods of a PetSet are made from now.
    mutating func revision(of petSet: JSONValue) -> String {
        let version = petSet.at("metadata", "resourceVersion") ?? .null
        if let known = memory.revisions[petSet.objectName], known.version == version { return known.revision }
        let hash = stableHash(of: [
            petSet.at("spec", "template") ?? [:],
            petSet.annotation(KubeDB.Annotation.restart).map(JSONValue.string) ?? "",
        ])
        let revision = String(hash, radix: 16)
        memory.revisions[petSet.objectName] = (version, revision)
        return revision
    }

    /// Somebody leads where somebody must: the first pod that runs, and after it the first that is ready.
    private mutating func elect(in petSet: JSONValue, _ pods: [JSONValue]) {
        guard let roles = snapshot.groups.first(where: { $0.name == petSet.objectName })?.roles else { return }
        let running = pods.filter { $0.isRunning && !$0.isBeingDeleted && !$0.isCrashing }
        let stage = "election \(petSet.objectName)"
        var leader = running.first { $0.label(KubeDB.Label.role) == roles.primary }
        if leader == nil {
            let isFirst = conditionStatus(KubeDB.Condition.provisioned) != "True"
            let candidates = isFirst ? running : running.filter(\.isReadyPod)
            guard let next = candidates.first else { return endWait(stage) }
            if !isFirst, isWaiting(for: stage, Delays.Base.promotion) { return }
            endWait(stage)
            leader = next
            label(next, role: roles.primary)
            if !isFirst, pods.count > 1 { count(.failovers) }
        }
        for pod in running where pod.objectName != leader?.objectName {
            guard pod.label(KubeDB.Label.role) != roles.standby else { continue }
            label(pod, role: roles.standby)
        }
    }

    mutating func label(_ pod: JSONValue, role: String) {
        let labels: JSONValue = [KubeDB.Label.role: .string(role)]
        act(.patch(snapshot.reference(.pod, pod.objectName), ["metadata": ["labels": labels]]))
    }

    /// Failures asked for on the database reach pods and claims that are there already, and leave them with it.
    private mutating func passOnFailures(to pods: [JSONValue]) {
        for pod in pods where !pod.isBeingDeleted {
            guard let carried = pod.annotation(RequestedFailure.annotation) else { continue }
            let asked = snapshot.failures.intersection(["pod-start", "image-pull", "schedule"])
            guard asked.sorted().joined(separator: ",") != carried, asked.isEmpty else { continue }
            let lifted: JSONValue = [RequestedFailure.annotation: .null]
            act(.patch(snapshot.reference(.pod, pod.objectName), ["metadata": ["annotations": lifted]]))
        }
        for claim in snapshot.claims.values {
            let carries = claim.annotation(RequestedFailure.annotation) != nil
            guard carries != snapshot.failures.contains("resize") else { continue }
            let failure: JSONValue = [RequestedFailure.annotation: carries ? .null : "resize"]
            act(
                .patch(
                    snapshot.reference(.persistentVolumeClaim, claim.objectName),
                    ["metadata": ["annotations": failure]]
                )
            )
        }
    }

    private mutating func report(_ petSet: JSONValue, _ pods: [JSONValue]) {
        let current: JSONValue = [
            "observedGeneration": petSet.at("metadata", "generation") ?? 1, "replicas": JSONValue(pods.count),
            "readyReplicas": JSONValue(pods.count { $0.isReadyPod }),
        ]
        guard petSet["status"] != current else { return }
        act(.patchStatus(snapshot.reference(.kubeDBPetSet, petSet.objectName), current))
    }
}
