import JSON

/// Bodies in Kubernetes' protobuf encoding, which kubectl's own commands ("create namespace") send.
///
/// The numbers are those of the generated.proto files in k8s.io/api. Only kinds that such commands make are known, and a
/// field that is not known is refused, never dropped.
enum ProtobufBody {
    static let mediaType = "application/vnd.kubernetes.protobuf"

    /// The object in a body; nil when its kind is not among the known ones.
    static func decode(_ bytes: [UInt8]) throws(ProtobufMessage.Failure) -> JSONValue? {
        guard bytes.starts(with: [0x6B, 0x38, 0x73, 0x00]) else {
            throw ProtobufMessage.Failure(reason: "the body does not begin with k8s and a zero byte")
        }
        var apiVersion = ""
        var kind = ""
        var raw: ArraySlice<UInt8> = []
        var reader = ProtobufReader(bytes.dropFirst(4))
        while let (number, part) = try reader.next() {
            guard case .bytes(let content) = part else { continue }
            switch number {
            case 1:
                let type = try ProtobufMessage([1: ("apiVersion", .string), 2: ("kind", .string)]).decode(content)
                apiVersion = type["apiVersion"]?.string ?? ""
                kind = type["kind"]?.string ?? ""
            case 2: raw = content
            default: break
            }
        }
        guard let message = messages[kind] else { return nil }
        var object = try message.decode(raw)
        object["apiVersion"] = .string(apiVersion)
        object["kind"] = .string(kind)
        return object
    }

    private static let messages: [String: ProtobufMessage] = [
        "Namespace": kind([
            2: ("spec", .message(ProtobufMessage([1: ("finalizers", .list(.string))]))), 3: ("status", .ignored),
        ]),
        "Secret": kind([
            2: ("data", .bytesMap), 3: ("type", .string), 4: ("stringData", .stringMap), 5: ("immutable", .bool),
        ]),
        "ConfigMap": kind([2: ("data", .stringMap), 3: ("binaryData", .bytesMap), 4: ("immutable", .bool)]),
        "ServiceAccount": kind([4: ("automountServiceAccountToken", .bool)]),
        "Role": kind([2: ("rules", .list(.message(policyRule)))]),
        "ClusterRole": kind([2: ("rules", .list(.message(policyRule)))]),
        "RoleBinding": kind([2: ("subjects", .list(.message(subject))), 3: ("roleRef", .message(roleReference))]),
        "ClusterRoleBinding": kind([2: ("subjects", .list(.message(subject))), 3: ("roleRef", .message(roleReference))]
        ),
        "SelfSubjectAccessReview": kind([2: ("spec", .message(accessReviewSpec)), 3: ("status", .ignored)]),
        "SelfSubjectRulesReview": kind([
            2: ("spec", .message(ProtobufMessage([1: ("namespace", .string)]))), 3: ("status", .ignored),
        ]),
        "Deployment": kind([2: ("spec", .message(deploymentSpec)), 3: ("status", .ignored)]),
        "Job": kind([2: ("spec", .message(jobSpec)), 3: ("status", .ignored)]),
        "Service": kind([2: ("spec", .message(serviceSpec)), 3: ("status", .ignored)]),
        "DeleteOptions": ProtobufMessage([
            1: ("gracePeriodSeconds", .integer),
            2: ("preconditions", .message(ProtobufMessage([1: ("uid", .string), 2: ("resourceVersion", .string)]))),
            3: ("orphanDependents", .bool), 4: ("propagationPolicy", .string), 5: ("dryRun", .list(.string)),
        ]),
    ]

    private static func kind(_ fields: [UInt64: (String, ProtobufMessage.Field)]) -> ProtobufMessage {
        ProtobufMessage(fields.merging([1: ("metadata", .message(metadata))]) { first, _ in first })
    }

    private static let metadata = ProtobufMessage([
        1: ("name", .string), 2: ("generateName", .string), 3: ("namespace", .string), 4: ("selfLink", .ignored),
        5: ("uid", .string), 6: ("resourceVersion", .string), 7: ("generation", .ignored),
        8: ("creationTimestamp", .time), 9: ("deletionTimestamp", .time), 10: ("deletionGracePeriodSeconds", .ignored),
        11: ("labels", .stringMap), 12: ("annotations", .stringMap), 14: ("finalizers", .list(.string)),
        17: ("managedFields", .ignored),
    ])

    private static let policyRule = ProtobufMessage([
        1: ("verbs", .list(.string)), 2: ("apiGroups", .list(.possiblyEmptyString)), 3: ("resources", .list(.string)),
        4: ("resourceNames", .list(.string)), 5: ("nonResourceURLs", .list(.string)),
    ])

    private static let subject = ProtobufMessage([
        1: ("kind", .string), 2: ("apiGroup", .string), 3: ("name", .string), 4: ("namespace", .string),
    ])

    private static let roleReference = ProtobufMessage([
        1: ("apiGroup", .string), 2: ("kind", .string), 3: ("name", .string),
    ])

    private static let accessReviewSpec = ProtobufMessage([
        1: (
            "resourceAttributes",
            .message(
                ProtobufMessage([
                    1: ("namespace", .string), 2: ("verb", .string), 3: ("group", .string), 4: ("version", .string),
                    5: ("resource", .string), 6: ("subresource", .string), 7: ("name", .string), 8: ("", .ignored),
                    9: ("", .ignored),
                ])
            )
        ),
        2: ("nonResourceAttributes", .message(ProtobufMessage([1: ("path", .string), 2: ("verb", .string)]))),
    ])

    private static let selector = ProtobufMessage([1: ("matchLabels", .stringMap)])

    private static let container = ProtobufMessage([
        1: ("name", .string), 2: ("image", .string), 3: ("command", .list(.possiblyEmptyString)),
        4: ("args", .list(.possiblyEmptyString)),
        5: ("workingDir", .string),
        6: (
            "ports",
            .list(
                .message(
                    ProtobufMessage([
                        1: ("name", .string), 2: ("hostPort", .ignored), 3: ("containerPort", .integer),
                        4: ("protocol", .string), 5: ("hostIP", .string),
                    ])
                )
            )
        ),
        7: ("env", .list(.message(ProtobufMessage([1: ("name", .string), 2: ("value", .string)])))),
        8: ("resources", .message(ProtobufMessage([:]))), 13: ("terminationMessagePath", .string),
        14: ("imagePullPolicy", .string), 16: ("stdin", .bool), 17: ("stdinOnce", .bool), 18: ("tty", .bool),
        20: ("terminationMessagePolicy", .string),
    ])

    private static let podTemplate = ProtobufMessage([
        1: ("metadata", .message(metadata)),
        2: (
            "spec",
            .message(
                ProtobufMessage([
                    2: ("containers", .list(.message(container))), 3: ("restartPolicy", .string),
                    4: ("terminationGracePeriodSeconds", .integer), 6: ("dnsPolicy", .string),
                    8: ("serviceAccountName", .string), 9: ("serviceAccount", .string), 10: ("nodeName", .string),
                    11: ("hostNetwork", .bool), 12: ("hostPID", .bool), 13: ("hostIPC", .bool),
                    14: ("securityContext", .message(ProtobufMessage([:]))), 16: ("hostname", .string),
                    17: ("subdomain", .string), 19: ("schedulerName", .string), 24: ("priorityClassName", .string),
                ])
            )
        ),
    ])

    private static let deploymentSpec = ProtobufMessage([
        1: ("replicas", .integer), 2: ("selector", .message(selector)), 3: ("template", .message(podTemplate)),
        4: ("strategy", .message(ProtobufMessage([1: ("type", .string)]))), 5: ("minReadySeconds", .integer),
        6: ("revisionHistoryLimit", .integer), 7: ("paused", .bool), 9: ("progressDeadlineSeconds", .integer),
    ])

    private static let jobSpec = ProtobufMessage([
        1: ("parallelism", .integer), 2: ("completions", .integer), 3: ("activeDeadlineSeconds", .integer),
        4: ("selector", .message(selector)), 5: ("manualSelector", .bool), 6: ("template", .message(podTemplate)),
        7: ("backoffLimit", .integer), 8: ("ttlSecondsAfterFinished", .integer), 9: ("completionMode", .string),
        10: ("suspend", .bool),
    ])

    private static let serviceSpec = ProtobufMessage([
        1: (
            "ports",
            .list(
                .message(
                    ProtobufMessage([
                        1: ("name", .string), 2: ("protocol", .string), 3: ("port", .integer),
                        4: ("targetPort", .intOrString), 5: ("nodePort", .integer), 6: ("appProtocol", .string),
                    ])
                )
            )
        ),
        2: ("selector", .stringMap), 3: ("clusterIP", .string), 4: ("type", .string), 7: ("sessionAffinity", .string),
        8: ("loadBalancerIP", .string), 10: ("externalName", .string), 11: ("externalTrafficPolicy", .string),
        12: ("healthCheckNodePort", .ignored), 13: ("publishNotReadyAddresses", .bool),
        18: ("clusterIPs", .list(.string)),
    ])
}
