import JSON
import KubernetesAPI

/// Pods for volumes, and as many instances as the spec says.
extension ClusterPass {
    /// A filled volume without a pod gets one, the primary's first, one at a time.
    mutating func startMissingPods() -> Step {
        let instances = snapshot.instances
        if let unfilled = instances.first(where: { !$0.isInitialized && $0.pod == nil && !hasJob($0.name) }) {
            let isFirst = status["pgDataImageInfo"] == nil
            let (role, failure) = isFirst ? bootstrapJob : ("join", nil)
            act(.create(.job, objects.job(unfilled.name, role: role, failure: failure)))
            setPhase(
                isFirst ? CNPG.Phase.settingUpPrimary : CNPG.Phase.creatingReplica,
                "Creating instance \(unfilled.name)"
            )
            return .stop
        }
        let names = Set(instances.map(\.name))
        for pod in snapshot.instancePods where !names.contains(pod.objectName) && !pod.isBeingDeleted {
            act(.delete(snapshot.reference(.pod, pod.objectName)))
        }
        guard instances.allSatisfy({ $0.pod == nil || $0.isActive }) else { return .goOn }
        let missing = instances.filter { $0.pod == nil && $0.isInitialized }
        guard let next = missing.first(where: { $0.name == targetPrimary }) ?? missing.first else { return .goOn }
        let isPrimary = next.name == (targetPrimary ?? currentPrimary)
        if !isPrimary, let primary = instances.first(where: { $0.name == currentPrimary }), !primary.isReady {
            return .stop
        }
        act(.create(.pod, objects.pod(next, role: isPrimary ? "primary" : "replica", startedWith: settings)))
        decision.counted.append(.podCreations)
        return .stop
    }

    private func hasJob(_ instance: String) -> Bool {
        snapshot.jobs.values.contains { $0.label(CNPG.Label.instance) == instance }
    }

    /// Nothing is changed while a pod starts, stops or is not ready.
    mutating func waitForPods() -> Step {
        if restartInPlaceIfAsked() == .stop { return .stop }
        let instances = snapshot.instances
        for instance in instances {
            guard let pod = instance.pod, pod.isUnschedulable, !pod.isBeingDeleted, reasonToRoll(instance) != nil else {
                continue
            }
            act(.delete(snapshot.reference(.pod, instance.name)))
            return .stop
        }
        let inactive = instances.filter { !$0.isActive }
        if !inactive.isEmpty || snapshot.instancePods.contains(where: \.isBeingDeleted) {
            let isPrimaryRestart =
                phase == CNPG.Phase.restartWithoutSwitchover && inactive.allSatisfy { $0.name == currentPrimary }
            if !isPrimaryRestart {
                setPhase(CNPG.Phase.waitingForInstances, "Some instances are not yet active. Please wait.")
            }
            return .stop
        }
        return instances.allSatisfy(\.isReady) ? .goOn : .stop
    }

    /// A restart of the primary's server inside its pod, begun by the phase itself.
    private mutating func restartInPlaceIfAsked() -> Step {
        guard let primary = snapshot.instances.first(where: { $0.name == currentPrimary }) else { return .goOn }
        if memory.isRestartingInPlace {
            guard primary.isReady else { return .stop }
            memory.isRestartingInPlace = false
            return .goOn
        }
        guard phase == CNPG.Phase.restartInPlace, currentPrimary == targetPrimary, primary.isReady else { return .goOn }
        decision.counted.append(.restarts)
        beginRestartInPlace(primary)
        return .stop
    }

    mutating func beginRestartInPlace(_ primary: Instance) {
        memory.isRestartingInPlace = true
        let annotations: JSONValue = [
            CNPG.Annotation.startedWith: .string(settings.description),
            WorkloadMachine.complaintAnnotation: ServerStart.complaint(about: spec).map(JSONValue.string) ?? .null,
        ]
        act(.patch(snapshot.reference(.pod, primary.name), ["metadata": ["annotations": annotations]]))
        makeUnready(primary.name)
    }

    mutating func scale() -> Step {
        let instances = snapshot.instances
        if instances.count < snapshot.instanceCount {
            let used = Set(instances.map(\.serial))
            let serial = (1...).first { !used.contains($0) } ?? instances.count + 1
            let name = "\(snapshot.name)-\(serial)"
            guard snapshot.claims[name] == nil, snapshot.pods[name] == nil else { return .stop }
            setPhase(CNPG.Phase.creatingReplica, "Creating replica \(name)")
            if let complete = memory.complete, instances.count < complete, complete <= snapshot.instanceCount {
                memory.complete = complete - 1
                decision.counted.append(.rebuilds)
            }
            for claim in objects.claims(name, serial: serial, role: "replica") {
                act(.create(.persistentVolumeClaim, claim))
            }
            act(.create(.job, objects.job(name, role: "join")))
            return .stop
        }
        guard instances.count > snapshot.instanceCount else { return .goOn }
        let replicas = instances.filter { $0.name != currentPrimary && $0.name != targetPrimary }
        guard let leaving = replicas.last(where: { $0.pod == nil }) ?? replicas.last(where: \.isReady) else {
            return .stop
        }
        delete(instance: leaving.name)
        return .stop
    }
}

extension JSONValue {
    /// For a pod: whether no node takes it.
    var isUnschedulable: Bool { condition("PodScheduled")?["reason"]?.string == "Unschedulable" }
}
