import JSON

/// The schemas of containers and volumes, with what the API server fills into each.
///
/// What stands here without a condition is in Kubernetes' `pkg/apis/core/v1/defaults.go` and, where a Go type has a
/// marker for it, `zz_generated.defaults.go`; ``WorkloadDefaults`` has what depends on other fields.
enum PodShapes {
    private static let httpGet = Shape.openObject([
        "path": Shape.string(default: "/"), "scheme": Shape.string(default: "HTTP"),
    ])

    private static let probe = Shape.openObject([
        "httpGet": httpGet, "grpc": Shape.openObject(["service": Shape.string(default: "")]),
        "timeoutSeconds": Shape.integer(default: 1), "periodSeconds": Shape.integer(default: 10),
        "successThreshold": Shape.integer(default: 1), "failureThreshold": Shape.integer(default: 3),
    ])

    private static let hook = Shape.openObject(["httpGet": httpGet])

    private static let fieldReference = Shape.atomic(
        Shape.openObject(["apiVersion": Shape.string(default: "v1"), "fieldPath": Shape.string])
    )

    private static let resourceReference = Shape.atomic(
        Shape.openObject(["divisor": Shape.filled(Shape.intOrString, "0"), "resource": Shape.string])
    )

    private static let variable = Shape.openObject([
        "name": Shape.string, "value": Shape.string,
        "valueFrom": Shape.openObject(["fieldRef": fieldReference, "resourceFieldRef": resourceReference]),
    ])

    private static let port = Shape.object([
        "name": Shape.string, "containerPort": Shape.integer, "hostPort": Shape.integer, "hostIP": Shape.string,
        "protocol": Shape.string(default: "TCP"),
    ])

    static let container = Shape.openObject(
        [
            "name": Shape.string, "image": Shape.string, "imagePullPolicy": Shape.string, "command": Shape.strings,
            "args": Shape.strings, "workingDir": Shape.string, "env": Shape.list(variable, by: "name"),
            "ports": Shape.list(port, by: "containerPort", "protocol"),
            "resources": Shape.filled(
                Shape.openObject(["limits": Shape.quantities, "requests": Shape.quantities]),
                [:]
            ),
            "volumeMounts": Shape.list(Shape.open, by: "mountPath"),
            "livenessProbe": probe, "readinessProbe": probe, "startupProbe": probe,
            "lifecycle": Shape.openObject(["postStart": hook, "preStop": hook]),
            "terminationMessagePath": Shape.string(default: "/dev/termination-log"),
            "terminationMessagePolicy": Shape.string(default: "File"),
        ],
        required: ["name"]
    )

    // MARK: Volumes

    private static let files = Shape.openObject(["defaultMode": Shape.integer(default: 0o644)])

    private static let podFields = Shape.list(
        Shape.openObject(["fieldRef": fieldReference, "resourceFieldRef": resourceReference])
    )

    private static let source = Shape.openObject([
        "serviceAccountToken": Shape.openObject(["expirationSeconds": Shape.integer(default: 3600)]),
        "downwardAPI": Shape.openObject(["items": podFields]),
    ])

    private static let ownClaim = Shape.openObject([
        "metadata": Shape.filled(Shape.open, [:]),
        "spec": Shape.openObject(["volumeMode": Shape.string(default: "Filesystem")]),
    ])

    static let volume = Shape.openObject([
        "name": Shape.string, "secret": files, "configMap": files,
        "downwardAPI": Shape.openObject(["defaultMode": Shape.integer(default: 0o644), "items": podFields]),
        "projected": Shape.openObject([
            "defaultMode": Shape.integer(default: 0o644), "sources": Shape.list(source),
        ]),
        "hostPath": Shape.openObject(["path": Shape.string, "type": Shape.string(default: "")]),
        "ephemeral": Shape.openObject(["volumeClaimTemplate": ownClaim]),
    ])
}
