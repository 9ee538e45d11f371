import JSON
import KubernetesAPI

extension WorkloadMachine {
    /// A job runs one pod to its end; a failure asked for by annotation ends it as a job out of attempts.
    mutating func job(_ job: JSONValue, _ reference: ObjectReference, _ now: Timestamp) -> Decision {
        guard !job.isBeingDeleted, job.conditionStatus("Complete") != "True", job.conditionStatus("Failed") != "True",
            job.at("spec", "suspend")?.bool != true
        else { return .nothing }
        let failures = RequestedFailure.words(on: job)
        guard job.at("status", "startTime") != nil else {
            return .act(
                .patchStatus(reference, ["active": 1, "ready": 0, "startTime": .string(now.description)])
            )
        }
        if failures.contains(Self.stalled) { return .nothing }
        if let end = pending("run", job, Delays.Base.job, now) { return .wait(until: end) }
        let time = JSONValue.string(now.description)
        func condition(_ type: String, _ reason: String, _ message: String) -> JSONValue {
            [
                "type": .string(type), "status": "True", "reason": .string(reason), "message": .string(message),
                "lastProbeTime": time, "lastTransitionTime": time,
            ]
        }
        guard failures.isEmpty else {
            let limit = job.at("spec", "backoffLimit")?.integer ?? 6
            let message = "Job has reached the specified backoff limit"
            return .act(
                .patchStatus(
                    reference,
                    [
                        "active": .null, "failed": .integer(limit + 1),
                        "conditions": [
                            condition("FailureTarget", "BackoffLimitExceeded", message),
                            condition("Failed", "BackoffLimitExceeded", message),
                        ],
                    ]
                )
            )
        }
        let message = "Reached expected number of succeeded pods"
        return .act(
            .patchStatus(
                reference,
                [
                    "active": .null, "ready": 0, "succeeded": 1, "completionTime": time,
                    "conditions": [
                        condition("SuccessCriteriaMet", "CompletionsReached", message),
                        condition("Complete", "CompletionsReached", message),
                    ],
                ]
            )
        )
    }

    /// A claim is bound to a volume of the size asked for, and grows when more is asked for.
    mutating func claim(_ claim: JSONValue, _ reference: ObjectReference, _ now: Timestamp) -> Decision {
        guard !claim.isBeingDeleted, let asked = claim.at("spec", "resources", "requests", "storage")?.string else {
            return .nothing
        }
        guard claim.at("status", "phase")?.string == "Bound",
            let has = claim.at("status", "capacity", "storage")?.string
        else {
            if let end = pending("bind", claim, Delays.Base.claimBound, now) { return .wait(until: end) }
            return .act(
                .patch(reference, ["spec": ["volumeName": .string("pvc-\(claim.objectUID)")]]),
                .patchStatus(
                    reference,
                    [
                        "phase": "Bound", "capacity": ["storage": .string(asked)],
                        "accessModes": claim.at("spec", "accessModes") ?? ["ReadWriteOnce"],
                    ]
                )
            )
        }
        guard let wanted = Quantity(asked), let capacity = Quantity(has), wanted > capacity else { return .nothing }
        let isPending = claim.conditionStatus("FileSystemResizePending") == "True"
        if claim.conditionStatus("Resizing") != "True", !isPending {
            timers.reset("resize", of: claim.objectUID)
            let condition: JSONValue = [
                "type": "Resizing", "status": "True", "lastTransitionTime": .string(now.description),
            ]
            return .act(.patchStatus(reference, ["conditions": [condition]]))
        }
        if RequestedFailure.isAsked("resize", on: claim) { return .nothing }
        if isPending { return .nothing }
        if let end = pending("resize", claim, Delays.Base.claimResized, now) { return .wait(until: end) }
        timers.reset("resize", of: claim.objectUID)
        if RequestedFailure.isAsked("offline-resize", on: claim) {
            // The volume has grown; its file system will when the pod starts anew, which whoever runs the pod must do.
            let condition: JSONValue = [
                "type": "FileSystemResizePending", "status": "True", "lastTransitionTime": .string(now.description),
                "message": "Waiting for user to (re-)start a pod to finish file system resize of volume on node.",
            ]
            return .act(.patchStatus(reference, ["conditions": [condition]]))
        }
        return .act(.patchStatus(reference, ["capacity": ["storage": .string(asked)], "conditions": .null]))
    }

    /// A deployment has all its replicas ready after a while.
    mutating func deployment(_ deployment: JSONValue, _ reference: ObjectReference, _ now: Timestamp) -> Decision {
        guard !deployment.isBeingDeleted else { return .nothing }
        let replicas = deployment.at("spec", "replicas")?.integer ?? 1
        let generation = deployment.at("metadata", "generation") ?? 1
        let status = deployment["status"] ?? [:]
        guard status["observedGeneration"] == generation else {
            timers.reset("ready", of: deployment.objectUID)
            return .act(
                .patchStatus(
                    reference,
                    [
                        "observedGeneration": generation, "replicas": .integer(replicas),
                        "updatedReplicas": .integer(replicas),
                    ]
                )
            )
        }
        guard (status["readyReplicas"]?.integer ?? 0) != replicas else { return .nothing }
        if RequestedFailure.isAsked("pod-start", on: deployment) { return .nothing }
        if let end = pending("ready", deployment, Delays.Base.deploymentReady, now) { return .wait(until: end) }
        timers.reset("ready", of: deployment.objectUID)
        let condition: JSONValue = [
            "type": "Available", "status": "True", "reason": "MinimumReplicasAvailable",
            "message": "Deployment has minimum availability.", "lastUpdateTime": .string(now.description),
            "lastTransitionTime": .string(now.description),
        ]
        return .act(
            .patchStatus(
                reference,
                [
                    "readyReplicas": .integer(replicas), "availableReplicas": .integer(replicas),
                    "conditions": [condition],
                ]
            )
        )
    }
}
