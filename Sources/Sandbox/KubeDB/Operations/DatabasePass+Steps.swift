import JSON
import KubernetesAPI

/// The steps that most operations have in common.
extension DatabasePass {
    private func builder(_ work: Work) -> PetSetObjects {
        PetSetObjects(objects: DatabaseObjects(snapshot: work.target, seed: delays.seed, now: now))
    }

    /// A pod that is to go and leads gives the lead away first.
    mutating func handOverLead(_ request: OperationRequest, _ work: Work) -> Progress {
        for group in work.target.groups {
            guard let roles = group.roles else { continue }
            let pods = snapshot.pods(of: group.name)
            guard let leader = pods.first(where: { $0.label(KubeDB.Label.role) == roles.primary }),
                leader.ordinal >= group.replicas,
                let heir = pods.first(where: { $0.isReadyPod && $0.ordinal < group.replicas })
            else { continue }
            label(heir, role: roles.primary)
            label(leader, role: roles.standby)
            return .waiting
        }
        return .done
    }

    mutating func updatePetSets(_ request: inout OperationRequest, _ work: Work) -> Progress {
        let builder = builder(work)
        var isUpToDate = true
        for group in work.target.groups {
            var wanted = builder.petSet(group)
            let stamp = work.wish.restartsPods ? request.object.objectUID : nil
            guard let petSet = snapshot.petSets[group.name] else {
                if let stamp { wanted.set(["metadata", "annotations", KubeDB.Annotation.restart], .string(stamp)) }
                act(.create(.kubeDBPetSet, wanted))
                isUpToDate = false
                continue
            }
            var changes: JSONObject = [:]
            if let spec = wanted["spec"],
                let difference = JSONMergePatch.difference(from: petSet["spec"] ?? [:], to: spec)
            {
                changes["spec"] = difference
            }
            if let stamp, petSet.annotation(KubeDB.Annotation.restart) != stamp {
                changes["metadata"] = ["annotations": [KubeDB.Annotation.restart: .string(stamp)]]
            }
            guard !changes.names.isEmpty else { continue }
            act(.patch(snapshot.reference(.kubeDBPetSet, group.name), .object(changes)))
            isUpToDate = false
        }
        guard isUpToDate else { return .waiting }
        if request.type != "VolumeExpansion" {
            request.setCondition(
                "UpdatePetSets",
                reason: "UpdatePetSets",
                "successfully reconciled the \(engine.kind) with the new definition",
                now
            )
        }
        return .done
    }

    /// Pods that run get their resources without a restart.
    mutating func resizeInPlace(_ request: OperationRequest, _ work: Work) -> Progress {
        guard work.wish.isInPlace else { return .done }
        for pod in outdated(work) {
            guard let petSet = pod.label(KubeDB.Label.owner).flatMap({ snapshot.petSets[$0] }) else { continue }
            let wanted = petSet.at("spec", "template", "spec", "containers")
            let containers = (pod.at("spec", "containers")?.array ?? []).map { container -> JSONValue in
                let resources = wanted?.item(named: container["name"]?.string ?? "")?["resources"]
                return resources.map { container.with("resources", $0) } ?? container
            }
            let revision = "\(petSet.objectName)-\(revision(of: petSet))"
            act(
                .patch(
                    snapshot.reference(.pod, pod.objectName),
                    [
                        "metadata": ["labels": [KubeDB.Label.revision: .string(revision)]],
                        "spec": ["containers": .array(containers)],
                    ]
                )
            )
            return .waiting
        }
        return .done
    }

    /// The pods that were made from another template than their PetSet has now, in the order in which they are made
    /// anew: whoever leads comes last.
    mutating func outdated(_ work: Work) -> [JSONValue] {
        var standbys: [JSONValue] = []
        var leaders: [JSONValue] = []
        for group in work.target.groups {
            guard let petSet = snapshot.petSets[group.name] else { continue }
            let revision = "\(group.name)-\(revision(of: petSet))"
            for pod in snapshot.pods(of: group.name) where pod.label(KubeDB.Label.revision) != revision {
                if isLeader(pod, group) { leaders.append(pod) } else { standbys.append(pod) }
            }
        }
        return standbys + leaders
    }

    private func isLeader(_ pod: JSONValue, _ group: NodeGroup) -> Bool {
        if let roles = group.roles { return pod.label(KubeDB.Label.role) == roles.primary }
        // Each shard of a Redis begins with its first pod as master.
        return engine.name == "redis" && pod.ordinal == 0
    }

    /// Makes the pods anew one after the other, each when the one before is ready.
    mutating func roll(_ request: inout OperationRequest, _ work: Work) -> Progress {
        guard work.wish.restartsPods else { return .done }
        let outdated = outdated(work)
        for group in work.target.groups {
            for ordinal in 0..<min(group.replicas, snapshot.petSets[group.name]?.wantedReplicas ?? 0) {
                let name = "\(group.name)-\(ordinal)"
                guard snapshot.pods[name]?.isReadyPod != true else { continue }
                // One that was made from an older template need not be waited for.
                if outdated.contains(where: { $0.objectName == name && !$0.isBeingDeleted }) { continue }
                note(engine.steps.ready, name, false, &request)
                return giveUp("check pod \(name) ready", &request, work).map(Progress.failed) ?? .waiting
            }
        }
        for name in snapshot.pods.keys.sorted()
        where request.condition("\(engine.steps.ready.type)--\(name)")?["status"]?.string == "False" {
            note(engine.steps.ready, name, true, &request)
        }
        guard let next = outdated.first(where: { !$0.isReadyPod }) ?? outdated.first else {
            let type = engine.name == "postgres" || engine.name == "kafka" ? "RestartNodes" : "RestartPods"
            request.setCondition(type, reason: type, "Successfully restarted all nodes", now)
            return .done
        }
        if stepDown(next, work) { return .waiting }
        for step in engine.steps.before { note(step, next.objectName, true, &request) }
        if request.type == "StorageMigration" {
            for claim in snapshot.claims.values where claim.objectName.hasSuffix("-\(next.objectName)") {
                act(.delete(snapshot.reference(.persistentVolumeClaim, claim.objectName)))
            }
        }
        act(.delete(snapshot.reference(.pod, next.objectName)))
        return .waiting
    }

    /// A leader that is to be restarted gives the lead to a pod that is up to date.
    private mutating func stepDown(_ pod: JSONValue, _ work: Work) -> Bool {
        guard let group = work.target.groups.first(where: { $0.name == pod.label(KubeDB.Label.owner) }),
            let roles = group.roles, pod.label(KubeDB.Label.role) == roles.primary,
            let heir = snapshot.pods(of: group.name).first(where: { $0.isReadyPod && $0.objectName != pod.objectName })
        else { return false }
        label(heir, role: roles.primary)
        label(pod, role: roles.standby)
        return true
    }

    /// Tells of a small step, which has no reason.
    private mutating func note(
        _ step: (type: String, words: String),
        _ pod: String,
        _ isDone: Bool,
        _ request: inout OperationRequest
    ) {
        let forgets = engine.steps.forgetsPod && isDone
        let type = forgets ? step.type : "\(step.type)--\(pod)"
        let message =
            "\(step.words); ConditionStatus:\(isDone ? "True" : "False")" + (forgets ? "" : "; PodName:\(pod)")
        request.setCondition(type, isDone, reason: nil, message, now)
    }

    /// As many pods as wished for, all of them ready, and nothing left of those that went.
    mutating func settle(_ request: inout OperationRequest, _ work: Work) -> Progress {
        let names = Set(work.target.groups.map(\.name))
        var isSettled = true
        for (name, petSet) in snapshot.petSets where !names.contains(name) {
            if !petSet.isBeingDeleted { act(.delete(snapshot.reference(.kubeDBPetSet, name))) }
            isSettled = false
        }
        for group in work.target.groups {
            let pods = snapshot.pods(of: group.name)
            if pods.count != group.replicas || !pods.allSatisfy(\.isReadyPod) { isSettled = false }
        }
        guard isSettled else {
            return giveUp("settle \(engine.kind)", &request, work).map(Progress.failed) ?? .waiting
        }
        guard request.type == "HorizontalScaling" else { return .done }
        for claim in snapshot.claims.values {
            let group = work.target.groups.first { $0.name == claim.label(KubeDB.Label.owner) }
            guard claim.ordinal >= group?.replicas ?? 0, !claim.isBeingDeleted else { continue }
            act(.delete(snapshot.reference(.persistentVolumeClaim, claim.objectName)))
        }
        let before = snapshot.groups.reduce(0) { $0 + $1.replicas }
        let after = work.target.groups.reduce(0) { $0 + $1.replicas }
        let type = after < before ? "HorizontalScaleDown" : "HorizontalScaleUp"
        request.setCondition(type, reason: type, "Successfully Horizontally Scaled \(engine.kind)", now)
        return .done
    }
}
