import JSON

/// The schemas of pods and of what makes pods.
enum WorkloadShapes {
    private static let containers = Shape.list(PodShapes.container, by: "name")

    /// - Parameter own: the fields that pods have and templates of pods have not.
    private static func podSpec(_ own: JSONObject = [:]) -> JSONValue {
        var fields: JSONObject = [
            "containers": containers, "initContainers": containers, "nodeName": Shape.string,
            "nodeSelector": Shape.atomic(Shape.stringMap), "restartPolicy": Shape.string(default: "Always"),
            "serviceAccountName": Shape.string, "priorityClassName": Shape.string, "hostname": Shape.string,
            "subdomain": Shape.string, "schedulerName": Shape.string(default: "default-scheduler"),
            "dnsPolicy": Shape.string(default: "ClusterFirst"),
            "terminationGracePeriodSeconds": Shape.integer(default: 30),
            "affinity": Shape.open, "securityContext": Shape.filled(Shape.open, [:]),
            "tolerations": Shape.list(Shape.open), "topologySpreadConstraints": Shape.list(Shape.open),
            "imagePullSecrets": Shape.list(Shape.openObject(["name": Shape.string]), by: "name"),
            "volumes": Shape.list(PodShapes.volume, by: "name"),
        ]
        for field in own { fields[field.name] = field.value }
        return Shape.openObject(.object(fields))
    }

    static let pod = Shape.kind([
        "spec": Shape.filled(podSpec(["enableServiceLinks": Shape.boolean(default: true)]), [:]),
        "status": Shape.openObject([
            "phase": Shape.string, "reason": Shape.string, "message": Shape.string, "podIP": Shape.string,
            "hostIP": Shape.string, "startTime": Shape.time, "qosClass": Shape.string,
            "conditions": Shape.conditions,
            "podIPs": Shape.list(Shape.object(["ip": Shape.string]), by: "ip"),
            "containerStatuses": Shape.list(Shape.open), "initContainerStatuses": Shape.list(Shape.open),
        ]),
    ])

    private static let podTemplate = Shape.object([
        "metadata": Shape.filled(Shape.open, [:]), "spec": podSpec(),
    ])

    static let deployment = Shape.kind([
        "spec": Shape.filled(
            Shape.openObject([
                "replicas": Shape.integer(default: 1), "selector": Shape.labelSelector, "template": podTemplate,
                "strategy": Shape.filled(Shape.openObject(["type": Shape.string(default: "RollingUpdate")]), [:]),
                "minReadySeconds": Shape.integer, "revisionHistoryLimit": Shape.integer(default: 10),
                "paused": Shape.boolean, "progressDeadlineSeconds": Shape.integer(default: 600),
            ]),
            [:]
        ),
        "status": Shape.openObject([
            "replicas": Shape.integer, "readyReplicas": Shape.integer, "updatedReplicas": Shape.integer,
            "availableReplicas": Shape.integer, "unavailableReplicas": Shape.integer,
            "observedGeneration": Shape.integer, "conditions": Shape.conditions,
        ]),
    ])

    private static let claimTemplate = Shape.openObject([
        "apiVersion": Shape.string(default: "v1"), "kind": Shape.string(default: "PersistentVolumeClaim"),
        "spec": Shape.filled(Shape.openObject(["volumeMode": Shape.string(default: "Filesystem")]), [:]),
        "status": Shape.filled(Shape.openObject(["phase": Shape.string(default: "Pending")]), [:]),
    ])

    private static let updateStrategy = Shape.filled(
        Shape.openObject([
            "type": Shape.string(default: "RollingUpdate"),
            "rollingUpdate": Shape.openObject(["partition": Shape.integer(default: 0)]),
        ]),
        ["rollingUpdate": [:]]
    )

    private static let claimRetention = Shape.filled(
        Shape.object(["whenDeleted": Shape.string(default: "Retain"), "whenScaled": Shape.string(default: "Retain")]),
        [:]
    )

    static let statefulSet = Shape.kind([
        "spec": Shape.filled(
            Shape.openObject([
                "replicas": Shape.integer(default: 1), "selector": Shape.labelSelector, "template": podTemplate,
                "serviceName": Shape.string(default: ""), "volumeClaimTemplates": Shape.list(claimTemplate),
                "podManagementPolicy": Shape.string(default: "OrderedReady"), "updateStrategy": updateStrategy,
                "revisionHistoryLimit": Shape.integer(default: 10),
                "persistentVolumeClaimRetentionPolicy": claimRetention,
            ]),
            [:]
        ),
        "status": Shape.openObject([
            "replicas": Shape.integer, "readyReplicas": Shape.integer, "conditions": Shape.conditions,
        ]),
    ])

    static let job = Shape.kind([
        "spec": Shape.filled(
            Shape.openObject([
                "template": podTemplate, "selector": Shape.labelSelector, "backoffLimit": Shape.integer(default: 6),
                "completions": Shape.integer, "parallelism": Shape.integer, "suspend": Shape.boolean(default: false),
                "completionMode": Shape.string(default: "NonIndexed"),
                "manualSelector": Shape.boolean(default: false),
                "podReplacementPolicy": Shape.string(default: "TerminatingOrFailed"),
                "ttlSecondsAfterFinished": Shape.integer, "activeDeadlineSeconds": Shape.integer,
            ]),
            [:]
        ),
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
