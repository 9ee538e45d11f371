import JSON
import KubernetesAPI

/// A higher major version: everything down, one job, replicas cloned anew.
extension ClusterPass {
    mutating func upgradeMajor() -> Step {
        guard let running = status.at("pgDataImageInfo", "majorVersion")?.integer.map({ Int($0) }),
            let target = ClusterSources(spec).image(in: snapshot), let wanted = CNPG.major(of: target)
        else { return .goOn }
        let job = snapshot.jobs.values.first { $0.label(CNPG.Label.jobRole) == "major-upgrade" && !$0.isBeingDeleted }
        guard wanted > running else {
            if status["targetPgDataImageInfo"] != nil { rollBack(job) }
            return .goOn
        }
        if status["targetPgDataImageInfo"] == nil { decision.counted.append(.majorUpgrades) }
        status["targetPgDataImageInfo"] = ["image": .string(target), "majorVersion": JSONValue(wanted)]
        setPhase(CNPG.Phase.majorUpgrade, "Upgrading cluster to major version \(wanted)")
        guard let job else {
            beginMajorUpgrade(to: target)
            return .stop
        }
        // A job that failed changes nothing here: the phase stays, and only the job tells.
        guard job.conditionStatus("Complete") == "True" else { return .stop }
        status["pgDataImageInfo"] = status["targetPgDataImageInfo"]
        status["targetPgDataImageInfo"] = nil
        status["image"] = .string(target)
        status["timelineID"] = 1
        memory.complete = nil
        for instance in snapshot.instances where instance.name != currentPrimary { delete(instance: instance.name) }
        act(.delete(snapshot.reference(.job, job.objectName)))
        return .stop
    }

    private mutating func beginMajorUpgrade(to target: String) {
        let pods = snapshot.instancePods
        guard pods.isEmpty else {
            for pod in pods where !pod.isBeingDeleted { act(.delete(snapshot.reference(.pod, pod.objectName))) }
            return
        }
        guard let primary = currentPrimary else { return }
        let objects = InstanceObjects(snapshot: snapshot, image: target)
        act(.create(.job, objects.job(primary, role: "major-upgrade", backoffLimit: 0)))
    }

    /// The old image is asked for again.
    private mutating func rollBack(_ job: JSONValue?) {
        status["targetPgDataImageInfo"] = nil
        tell("Normal", "MajorUpgradeRollback", "Rolling back the major upgrade to \(image)")
        if let job { act(.delete(snapshot.reference(.job, job.objectName))) }
    }
}
