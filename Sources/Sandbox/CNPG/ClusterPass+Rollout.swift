import JSON
import KubernetesAPI

/// New settings, images, resources and restarts, one instance after the other.
extension ClusterPass {
    /// Why an instance's pod must be made anew or its server restarted.
    enum RollReason: Equatable {
        case settings
        case recreation(String)

        var text: String {
            switch self {
            case .settings: "Postgres needs a restart to apply some configuration changes"
            case .recreation(let why): why
            }
        }
    }

    func reasonToRoll(_ instance: Instance) -> RollReason? {
        guard let pod = instance.pod, !snapshot.isFenced(instance.name) else { return nil }
        let current = pod.at("spec", "containers")?.array?.first { $0["name"]?.string == "postgres" }?["image"]?.string
        if let current, current != image {
            return .recreation("the instance is using a different image: \(current) -> \(image)")
        }
        if let stamp = snapshot.cluster.annotation(CNPG.Annotation.restartedAt),
            stamp != pod.annotation(CNPG.Annotation.restartedAt)
        {
            return .recreation("cluster has been explicitly restarted via annotation")
        }
        if snapshot.cluster.annotation(CNPG.Annotation.reconcilePodSpec) != "disabled",
            pod.annotation(CNPG.Annotation.podSpec) != objects.podSpec(instance.name).description
        {
            return .recreation("original and target PodSpec differ")
        }
        return startedWith(instance) == settings ? nil : .settings
    }

    private func startedWith(_ instance: Instance) -> JSONValue? {
        instance.pod?.annotation(CNPG.Annotation.startedWith).flatMap { try? JSONValue(parsing: $0) }
    }

    /// Every server has to load a changed configuration before one is restarted for it.
    mutating func applyConfiguration() -> Step {
        guard snapshot.instances.contains(where: { reasonToRoll($0) == .settings }) else {
            endWait("configuration")
            return .goOn
        }
        guard isWaiting(for: "configuration", Delays.Base.configurationLoaded) else { return .goOn }
        setPhase(CNPG.Phase.applyingConfiguration, "Applying configuration changes")
        return .stop
    }

    /// Replicas first, then the primary; but the primary first when a setting goes down that standbys must not exceed.
    mutating func roll() -> Step {
        let instances = snapshot.instances
        let primary = instances.first { $0.name == currentPrimary }
        if let primary, reasonToRoll(primary) == .settings, let old = startedWith(primary),
            ServerParameters.isDecrease(from: old, to: settings)
        {
            noteRollout()
            return restartPrimary(
                primary,
                .settings,
                "Restart in place because a hot standby sensitive setting was lowered"
            )
        }
        for replica in instances.reversed() where replica.name != currentPrimary {
            guard let reason = reasonToRoll(replica) else { continue }
            noteRollout()
            setPhase(CNPG.Phase.upgrading, "Restarting instance \(replica.name), because: \(reason.text)")
            act(.delete(snapshot.reference(.pod, replica.name)))
            return .stop
        }
        guard let primary, let reason = reasonToRoll(primary) else { return .goOn }
        noteRollout()
        if spec["primaryUpdateStrategy"]?.string == "supervised" {
            setPhase(CNPG.Phase.waitingForUser, "User must issue a supervised switchover")
            return .stop
        }
        if spec["primaryUpdateMethod"]?.string == "switchover", let candidate = bestReplica {
            setPhase(CNPG.Phase.switchover, "Switching over to \(candidate) to complete upgrade")
            aim(at: candidate)
            wake(at: now)
            return .stop
        }
        return restartPrimary(primary, reason, reason.text)
    }

    private mutating func restartPrimary(_ primary: Instance, _ reason: RollReason, _ text: String) -> Step {
        if reason == .settings {
            setPhase(CNPG.Phase.restartInPlace, text)
            beginRestartInPlace(primary)
        } else {
            setPhase(
                CNPG.Phase.restartWithoutSwitchover,
                "The primary instance needs to be restarted without a switchover: \(text)"
            )
            act(.delete(snapshot.reference(.pod, primary.name)))
        }
        return .stop
    }

    /// Counts a rollout once, however many pods and looks it takes.
    private mutating func noteRollout() {
        let target = stableHash(of: [
            objects.podSpec(""), settings, .string(snapshot.cluster.annotation(CNPG.Annotation.restartedAt) ?? ""),
        ])
        guard memory.rollout != target else { return }
        memory.rollout = target
        decision.counted.append(.restarts)
    }
}
