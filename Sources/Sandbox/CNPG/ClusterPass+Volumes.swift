import JSON
import KubernetesAPI

/// Volumes that grow, are added, or fail to.
extension ClusterPass {
    /// Raises the claims to the spec's sizes, without a phase.
    ///
    /// A class that cannot expand ends every look here.
    mutating func resizeVolumes() -> Step {
        for instance in snapshot.instances where instance.isInitialized {
            let role = instance.name == currentPrimary ? "primary" : "replica"
            for wanted in objects.claims(instance.name, serial: instance.serial, role: role) {
                guard let claim = snapshot.claims[wanted.objectName] else {
                    var added = wanted
                    added["metadata"] = JSONMergePatch.apply(
                        ["annotations": [CNPG.Annotation.claimStatus: "ready"]],
                        to: wanted["metadata"] ?? [:]
                    )
                    act(.create(.persistentVolumeClaim, added))
                    continue
                }
                passOnFailure(claim, wanted)
                if resize(claim, wanted) == .stop { return .stop }
            }
        }
        return .goOn
    }

    private mutating func resize(_ claim: JSONValue, _ wanted: JSONValue) -> Step {
        guard spec.at("storage", "resizeInUseVolumes")?.bool != false,
            let size = wanted.at("spec", "resources", "requests", "storage")?.string,
            let has = claim.at("spec", "resources", "requests", "storage")?.string,
            let target = Quantity(size), let current = Quantity(has), target > current
        else { return .goOn }
        guard canExpand(claim) else {
            retryLater()
            return .stop
        }
        act(
            .patch(
                snapshot.reference(.persistentVolumeClaim, claim.objectName),
                ["spec": ["resources": ["requests": ["storage": .string(size)]]]]
            )
        )
        return .goOn
    }

    private func canExpand(_ claim: JSONValue) -> Bool {
        let classes = snapshot.others.filter { $0.key.resource == .storageClass }.map(\.value)
        return StorageClasses(classes: classes).canExpand(claim)
    }

    /// A failure asked for on the cluster reaches claims that are there already, and leaves them with it.
    private mutating func passOnFailure(_ claim: JSONValue, _ wanted: JSONValue) {
        let asked = wanted.annotation(RequestedFailure.annotation)
        guard claim.annotation(RequestedFailure.annotation) != asked else { return }
        let failure: JSONValue = [RequestedFailure.annotation: asked.map(JSONValue.string) ?? .null]
        act(
            .patch(
                snapshot.reference(.persistentVolumeClaim, claim.objectName),
                ["metadata": ["annotations": failure]]
            )
        )
    }

    /// Pods made to fail recover when the failure is no longer asked for.
    mutating func liftFailures() -> Step {
        for pod in snapshot.instancePods where !pod.isBeingDeleted {
            guard let carried = pod.annotation(RequestedFailure.annotation),
                objects.passedOn(["pod-start", "image-pull", "schedule"]) != carried
            else { continue }
            let lifted: JSONValue = [RequestedFailure.annotation: .null]
            act(.patch(snapshot.reference(.pod, pod.objectName), ["metadata": ["annotations": lifted]]))
        }
        restartCrashing()
        return .goOn
    }

    /// A server that did not start for its settings is tried again with those the spec has now.
    private mutating func restartCrashing() {
        let complaint = ServerStart.complaint(about: spec)
        for pod in snapshot.instancePods where !pod.isBeingDeleted {
            guard let carried = pod.annotation(WorkloadMachine.complaintAnnotation), carried != complaint else {
                continue
            }
            let annotations: JSONValue = [
                WorkloadMachine.complaintAnnotation: complaint.map(JSONValue.string) ?? .null,
                CNPG.Annotation.startedWith: .string(settings.description),
            ]
            act(.patch(snapshot.reference(.pod, pod.objectName), ["metadata": ["annotations": annotations]]))
        }
    }
}
