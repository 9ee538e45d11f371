import JSON

/// The schemas of pods and of what makes pods.
enum WorkloadShapes {
    private static let container = Shape.openObject(
        [
            "name": Shape.string, "image": Shape.string, "imagePullPolicy": Shape.string, "command": Shape.strings,
            "args": Shape.strings, "workingDir": Shape.string,
            "env": Shape.list(
                Shape.openObject(["name": Shape.string, "value": Shape.string, "valueFrom": Shape.open]),
                by: "name"
            ),
            "ports": Shape.list(
                Shape.object([
                    "name": Shape.string, "containerPort": Shape.integer, "hostPort": Shape.integer,
                    "hostIP": Shape.string, "protocol": ["type": "string", "default": "TCP"],
                ]),
                by: "containerPort",
                "protocol"
            ),
            "resources": Shape.openObject(["limits": Shape.quantities, "requests": Shape.quantities]),
            "volumeMounts": Shape.list(Shape.open, by: "mountPath"),
        ],
        required: ["name"]
    )

    private static let containers = Shape.list(container, by: "name")

    static let podSpec = Shape.openObject([
        "containers": containers, "initContainers": containers, "nodeName": Shape.string,
        "nodeSelector": Shape.atomic(Shape.stringMap), "restartPolicy": Shape.string,
        "serviceAccountName": Shape.string, "schedulerName": Shape.string, "priorityClassName": Shape.string,
        "hostname": Shape.string, "subdomain": Shape.string, "terminationGracePeriodSeconds": Shape.integer,
        "affinity": Shape.open, "securityContext": Shape.open,
        "tolerations": Shape.list(Shape.open), "topologySpreadConstraints": Shape.list(Shape.open),
        "imagePullSecrets": Shape.list(Shape.openObject(["name": Shape.string]), by: "name"),
        "volumes": Shape.list(Shape.openObject(["name": Shape.string]), by: "name"),
    ])

    static let pod = Shape.kind([
        "spec": podSpec,
        "status": Shape.openObject([
            "phase": Shape.string, "reason": Shape.string, "message": Shape.string, "podIP": Shape.string,
            "hostIP": Shape.string, "startTime": Shape.time, "qosClass": Shape.string,
            "conditions": Shape.conditions,
            "podIPs": Shape.list(Shape.object(["ip": Shape.string]), by: "ip"),
            "containerStatuses": Shape.list(Shape.open), "initContainerStatuses": Shape.list(Shape.open),
        ]),
    ])

    private static let podTemplate = Shape.object(["metadata": Shape.open, "spec": podSpec])

    static let deployment = Shape.kind([
        "spec": Shape.openObject([
            "replicas": Shape.integer, "selector": Shape.labelSelector, "template": podTemplate,
            "strategy": Shape.open, "minReadySeconds": Shape.integer, "revisionHistoryLimit": Shape.integer,
            "paused": Shape.boolean, "progressDeadlineSeconds": Shape.integer,
        ]),
        "status": Shape.openObject([
            "replicas": Shape.integer, "readyReplicas": Shape.integer, "updatedReplicas": Shape.integer,
            "availableReplicas": Shape.integer, "unavailableReplicas": Shape.integer,
            "observedGeneration": Shape.integer, "conditions": Shape.conditions,
        ]),
    ])

    static let statefulSet = Shape.kind([
        "spec": Shape.openObject([
            "replicas": Shape.integer, "selector": Shape.labelSelector, "template": podTemplate,
            "serviceName": Shape.string, "volumeClaimTemplates": Shape.list(Shape.open),
        ]),
        "status": Shape.openObject([
            "replicas": Shape.integer, "readyReplicas": Shape.integer, "conditions": Shape.conditions,
        ]),
    ])

    static let job = Shape.kind([
        "spec": Shape.openObject([
            "template": podTemplate, "selector": Shape.labelSelector, "backoffLimit": Shape.integer,
            "completions": Shape.integer, "parallelism": Shape.integer, "suspend": Shape.boolean,
            "ttlSecondsAfterFinished": Shape.integer, "activeDeadlineSeconds": Shape.integer,
        ]),
        "status": Shape.openObject([
            "active": Shape.integer, "succeeded": Shape.integer, "failed": Shape.integer, "ready": Shape.integer,
            "startTime": Shape.time, "completionTime": Shape.time, "conditions": Shape.conditions,
        ]),
    ])

    static let podDisruptionBudget = Shape.kind([
        "spec": Shape.object([
            "minAvailable": Shape.intOrString, "maxUnavailable": Shape.intOrString,
            "selector": Shape.labelSelector, "unhealthyPodEvictionPolicy": Shape.string,
        ]),
        "status": Shape.openObject(["disruptionsAllowed": Shape.integer, "conditions": Shape.conditions]),
    ])
}
