import JSON
import KubernetesAPI

/// Stateful sets, their volumes, and pods made anew.
extension XtraPass {
    mutating func deploy() throws(PassEnd) {
        lookAgainAtUnschedulable()
        removeObsoleteSets()
        guard !isResizing else { return }
        var isChanged = false
        if !hasJustConfigured {
            let builder = XtraServers(snapshot: snapshot, configurations: memory.configurations, restarts: restarts)
            for app in apps {
                let name = "\(snapshot.name)-\(app.component)"
                let existing = snapshot.sets[name]
                let wanted = builder.set(app, existing: existing)
                guard let existing else {
                    act(.create(.statefulSet, wanted))
                    continue
                }
                guard !existing.isBeingDeleted else { continue }
                if let refusal = PerconaSets.refusal(of: wanted, existing) {
                    throw .error(
                        "failed to deploy \(app.component): updatePod for \(app.component): failed to create or update "
                            + "sts: update error: \(refusal)"
                    )
                }
                if let action = PerconaSets.action(for: wanted, existing) {
                    act(action)
                    if wanted.at("spec", "template") != existing.at("spec", "template") { isChanged = true }
                }
            }
        }
        // The operator waits for the new revision, so that what follows is never told from the old one.
        if isChanged { isReplacing = true }
        guard !isChanged else { return }
        do throws(PassEnd) {
            try update()
        } catch {
            guard case .error(let why) = error else { throw error }
            throw .error("pxc upgrade error: smart update: " + why)
        }
    }

    private mutating func removeObsoleteSets() {
        let wanted = Set(apps.map { "\(snapshot.name)-\($0.component)" })
        for (name, set) in snapshot.sets where !wanted.contains(name) && !set.isBeingDeleted {
            if name == snapshot.name + "-proxysql",
                snapshot.cluster.finalizers.contains(Xtra.Finalizer.proxyVolumes)
            {
                for (_, claim) in snapshot.claims("proxydata", of: name) where !claim.isBeingDeleted {
                    act(.delete(snapshot.reference(.persistentVolumeClaim, claim.objectName)))
                }
            }
            act(.delete(snapshot.reference(.statefulSet, name)))
        }
    }

    // MARK: Updates

    /// Servers from the last to the first, the writer last of all.
    ///
    /// Nothing is begun while the proxy is not ready or a
    /// backup runs, and nothing tells so.
    private mutating func update() throws(PassEnd) {
        let name = snapshot.name + "-pxc"
        guard (spec["updateStrategy"]?.string ?? "SmartUpdate") == "SmartUpdate", !isPaused,
            let set = snapshot.sets[name], let revision = set.at("status", "updateRevision")?.string
        else { return }
        for proxy in ["haproxy", "proxysql"] where apps.contains(where: { $0.component == proxy }) {
            guard snapshot.cluster.at("status", proxy, "status")?.string == Percona.State.ready else { return }
        }
        let pods = pods(of: "pxc")
        func isOutdated(_ pod: JSONValue) -> Bool { pod.label(StatefulSetRules.revisionLabel) != revision }
        if let waited = memory.replaced[name] {
            guard let pod = snapshot.pods[waited] else { return goOnWaiting() }
            if !isOutdated(pod), pod.isServingPod {
                memory.replaced[name] = nil
            } else if !isOutdated(pod) {
                try complain(pod)
                return goOnWaiting()
            }
        }
        guard pods.contains(where: isOutdated), !isBackingUp else { return }
        // Every pod is waited for in its turn, also one that was made anew in an earlier attempt and does not start.
        let writer = pods.first { $0.podNumber == 0 }
        let ordered = pods.filter { $0.podNumber != 0 }.reversed() + (writer.map { [$0] } ?? [])
        for pod in ordered {
            if isOutdated(pod) {
                noteRollout(set, revision)
                if !pod.isBeingDeleted { act(.delete(snapshot.reference(.pod, pod.objectName))) }
                memory.replaced[name] = pod.objectName
                return goOnWaiting()
            }
            guard pod.isServingPod else {
                try complain(pod)
                return goOnWaiting()
            }
        }
    }

    private mutating func goOnWaiting() { isReplacing = true }

    private func complain(_ pod: JSONValue) throws(PassEnd) {
        let server = pod.at("status", "containerStatuses")?.array?.first { $0["name"]?.string == "pxc" }
        let reason = server?.at("state", "waiting", "reason")?.string ?? ""
        guard ["ImagePullBackOff", "ErrImagePull", "CrashLoopBackOff"].contains(reason) else { return }
        throw .error("failed to apply changes: failed to wait pod: pod \(pod.objectName) is in \(reason) state")
    }

    /// Counts a rollout once, however many pods and looks it takes.
    private mutating func noteRollout(_ set: JSONValue, _ revision: String) {
        guard memory.rollouts[set.objectName] != revision else { return }
        memory.rollouts[set.objectName] = revision
        if (set.at("status", "updatedReplicas")?.integer ?? 0) == 0 { decision.counted.append(.restarts) }
    }

    // MARK: Volumes

    /// Lets the servers' volumes grow to the spec's size, once every server is there.
    mutating func resize() throws(PassEnd) {
        countRebuilds()
        guard let index = apps.firstIndex(where: { $0.component == "pxc" }) else { return }
        let name = snapshot.name + "-pxc"
        let claims = snapshot.claims(Xtra.claimTemplate, of: name)
        let growing = claims.filter { snapshot.pods[$0.pod] != nil }
        guard let set = snapshot.sets[name], pods(of: "pxc").count >= apps[index].size, !growing.isEmpty else { return }
        let capacities = claims.compactMap { $0.claim.at("status", "capacity", "storage")?.string }
            .compactMap { Quantity($0) }
        guard let actual = capacities.min(), let asked = Percona.gibibytes(apps[index].storage) else { return }
        let requested = Quantity(bytes: asked << 30)
        let configured = PerconaSets.storage(of: set) ?? apps[index].storage
        if isResizing {
            let failures = resizeFailures(growing)
            if !failures.isEmpty {
                revert(to: configured)
                mark(.null)
                isResizing = false
                throw .error(failures.joined(separator: "\n"))
            }
            if capacities.count(where: { $0 == requested }) == growing.count {
                // The set is made anew with the new size, around pods that stay as they are.
                if !set.isBeingDeleted { act(.delete(snapshot.reference(.statefulSet, name), .orphan)) }
                mark(.null)
                return
            }
        }
        guard requested >= actual else {
            revert(to: configured)
            throw .error("requested storage (\(requested)) is less than actual storage (\(actual))")
        }
        guard requested > actual else { return }
        guard spec["enableVolumeExpansion"]?.bool == true else {
            apps[index].storage = configured
            return
        }
        if !isResizing { mark(.string(now.description)) }
        isResizing = true
        for (_, claim) in growing where snapshot.canExpand(claim) {
            grow(claim, to: requested)
        }
    }

    /// What an earlier look found that volumes cannot do.
    private func resizeFailures(_ claims: [(pod: String, claim: JSONValue)]) -> [String] {
        let isAsked = RequestedFailure.isAsked("resize", on: snapshot.cluster)
        return claims.compactMap { _, claim in
            if !snapshot.canExpand(claim) {
                return "\(claim.objectName) pvc resize failed: StorageClassNotSupportResize: PVC resize failed"
            }
            return isAsked
                ? "\(claim.objectName) pvc resize failed: VolumeResizeFailed: the volume cannot be expanded, as was asked"
                : nil
        }
    }

    private mutating func mark(_ value: JSONValue) {
        act(.patch(reference, ["metadata": ["annotations": [Percona.Annotation.resizeInProgress: value]]]))
    }

    private mutating func revert(to storage: String) {
        let old: JSONValue = [
            "volumeSpec": ["persistentVolumeClaim": ["resources": ["requests": ["storage": .string(storage)]]]]
        ]
        // Nobody asked for the way back.
        memory.wishes?.storage = .string(storage)
        act(.patch(reference, ["spec": ["pxc": old]]))
    }

    /// A server whose volume was replaced while nobody changed the number of servers has been rebuilt.
    private mutating func countRebuilds() {
        for (_, claim) in snapshot.claims(Xtra.claimTemplate, of: snapshot.name + "-pxc") where !claim.isBeingDeleted {
            let former = memory.volumes[claim.objectName]
            if let former, former != claim.objectUID, !isRestoring, !isPaused { decision.counted.append(.rebuilds) }
            memory.volumes[claim.objectName] = claim.objectUID
        }
    }
}
