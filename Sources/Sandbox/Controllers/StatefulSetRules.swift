import JSON
import KubernetesAPI

/// What the controller of stateful sets does for one of them: numbered pods and their claims, and the status.
///
/// The rules are those of Kubernetes, also where they hurt: pods come one after the other and each waits for those
/// before it, so that one that never becomes ready holds up all that follows; and with `OnDelete` nothing is replaced.
struct StatefulSetRules {
    /// Keeps a claim that is deleted while its pod is there, as the node's own protection does.
    static let protection = "kubernetes.io/pvc-protection"
    static let revisionLabel = "controller-revision-hash"
    static let podNameLabel = "statefulset.kubernetes.io/pod-name"
    /// The failures asked for on a stateful set that concern its pods, and those that concern its claims.
    private static let podFailures = ["pod-start", "image-pull", "schedule"]
    private static let claimFailures = ["resize"]

    let set: JSONValue
    /// The set's pods that exist, by number.
    let pods: [Int: JSONValue]
    /// The claims of the set's pods that exist, by name.
    let claims: [String: JSONValue]

    private var spec: JSONValue { self.set["spec"] ?? [:] }
    private var isOrdered: Bool { spec["podManagementPolicy"]?.string != "Parallel" }
    private var reference: ObjectReference { ObjectReference(.statefulSet, set.objectKey) }

    /// The revision of the pod template, by which pods are known to be up to date.
    var revision: String {
        "\(set.objectName)-\(String(stableHash(of: spec["template"] ?? [:]), radix: 36).prefix(10))"
    }

    static func replicas(_ set: JSONValue) -> Int { Int(set.at("spec", "replicas")?.integer ?? 1) }

    /// The names of the claims of one pod, with the template each is made from.
    static func claims(of pod: String, in set: JSONValue) -> [(name: String, template: JSONValue)] {
        (set.at("spec", "volumeClaimTemplates")?.array ?? []).map { ("\($0.objectName)-\(pod)", $0) }
    }

    /// What is to be written now.
    func decide() -> [APIAction] {
        guard !set.isBeingDeleted else { return [] }
        return reportStatus() + adopt() + passFailuresOn() + move()
    }

    /// Whether a pod counts as there for those that come after it.
    private func isHealthy(_ pod: JSONValue) -> Bool {
        !pod.isBeingDeleted && pod.isRunning && pod.conditionStatus("Ready") == "True"
    }

    private func isUpdated(_ pod: JSONValue) -> Bool { pod.label(Self.revisionLabel) == revision }

    /// Creates, removes or replaces pods.
    private func move() -> [APIAction] {
        var actions: [APIAction] = []
        let wanted = Self.replicas(set)
        for number in 0..<max(0, wanted) {
            if let pod = pods[number] {
                if isOrdered, !isHealthy(pod) { return actions }
                continue
            }
            guard let made = create(number) else { return actions }
            actions += made
            if isOrdered { return actions }
        }
        for (number, pod) in pods.sorted(by: { $0.key > $1.key }) where number >= wanted {
            if !pod.isBeingDeleted { actions.append(.delete(reference(.pod, pod.objectName))) }
            if isOrdered { return actions }
        }
        return actions + roll(wanted)
    }

    private func roll(_ wanted: Int) -> [APIAction] {
        guard spec.at("updateStrategy", "type")?.string != "OnDelete" else { return [] }
        let partition = Int(spec.at("updateStrategy", "rollingUpdate", "partition")?.integer ?? 0)
        for number in stride(from: wanted - 1, through: partition, by: -1) {
            guard let pod = pods[number] else { return [] }
            if !isUpdated(pod), !pod.isBeingDeleted { return [.delete(reference(.pod, pod.objectName))] }
            if !isHealthy(pod) { return [] }
        }
        return []
    }

    /// Nil while a claim of an earlier pod is still going.
    private func create(_ number: Int) -> [APIAction]? {
        let name = "\(set.objectName)-\(number)"
        var actions: [APIAction] = []
        for (claimName, template) in Self.claims(of: name, in: set) {
            if let claim = claims[claimName] {
                if claim.isBeingDeleted { return nil }
            } else {
                actions.append(.create(.persistentVolumeClaim, claim(claimName, template)))
            }
        }
        return actions + [.create(.pod, pod(name, number))]
    }

    private func reference(_ resource: ResourceType, _ name: String) -> ObjectReference {
        ObjectReference(resource, set.objectNamespace, name)
    }
}

extension StatefulSetRules {
    private func claim(_ name: String, _ template: JSONValue) -> JSONValue {
        var labels = template.at("metadata", "labels")?.strings ?? [:]
        labels.merge(spec.at("selector", "matchLabels")?.strings ?? [:]) { $1 }
        var annotations = template.at("metadata", "annotations")?.strings ?? [:]
        annotations[RequestedFailure.annotation] = asked(Self.claimFailures)
        return [
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": [
                "name": .string(name), "namespace": .string(set.objectNamespace), "labels": JSONValue(labels),
                "annotations": JSONValue(annotations), "finalizers": [.string(Self.protection)],
            ],
            "spec": template["spec"] ?? [:],
        ]
    }

    private func pod(_ name: String, _ number: Int) -> JSONValue {
        let template = spec["template"] ?? [:]
        var labels = template.at("metadata", "labels")?.strings ?? [:]
        labels[Self.revisionLabel] = revision
        labels[Self.podNameLabel] = name
        labels["apps.kubernetes.io/pod-index"] = String(number)
        var annotations = template.at("metadata", "annotations")?.strings ?? [:]
        annotations[RequestedFailure.annotation] = asked(Self.podFailures)
        annotations[WorkloadMachine.complaintAnnotation] = set.annotation(WorkloadMachine.complaintAnnotation)
        var podSpec = template["spec"] ?? [:]
        podSpec["hostname"] = .string(name)
        podSpec["subdomain"] = spec["serviceName"]
        let volumes = (spec["volumeClaimTemplates"]?.array ?? []).map { template -> JSONValue in
            [
                "name": .string(template.objectName),
                "persistentVolumeClaim": ["claimName": .string("\(template.objectName)-\(name)")],
            ]
        }
        podSpec["volumes"] = .array(volumes + (podSpec["volumes"]?.array ?? []))
        return [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": .string(name), "namespace": .string(set.objectNamespace), "labels": JSONValue(labels),
                "annotations": JSONValue(annotations), "finalizers": [.string(WorkloadMachine.podFinalizer)],
                "ownerReferences": [ownerReference],
            ],
            "spec": podSpec,
        ]
    }

    private var ownerReference: JSONValue {
        [
            "apiVersion": "apps/v1", "kind": "StatefulSet", "name": .string(set.objectName),
            "uid": .string(set.objectUID), "controller": true, "blockOwnerDeletion": true,
        ]
    }

    /// Pods that an earlier set of that name left behind become this one's.
    private func adopt() -> [APIAction] {
        pods.sorted { $0.key < $1.key }.compactMap { _, pod in
            guard pod.controller == nil, !pod.isBeingDeleted else { return nil }
            return .patch(
                reference(.pod, pod.objectName),
                ["metadata": ["ownerReferences": [ownerReference]]]
            )
        }
    }

    /// Failures asked for on the set reach its claims; what is no longer asked for leaves its pods and claims.
    private func passFailuresOn() -> [APIAction] {
        var actions: [APIAction] = []
        func change(_ reference: ObjectReference, _ annotations: [(String, String?)]) {
            let fields = JSONObject(annotations.map { ($0.0, $0.1.map(JSONValue.string) ?? .null) })
            actions.append(.patch(reference, ["metadata": ["annotations": .object(fields)]]))
        }
        let (podFailures, claimFailures) = (asked(Self.podFailures), asked(Self.claimFailures))
        let complaint = set.annotation(WorkloadMachine.complaintAnnotation)
        for pod in pods.values where !pod.isBeingDeleted {
            let carried = pod.annotation(RequestedFailure.annotation)
            if carried != nil, carried != podFailures {
                change(reference(.pod, pod.objectName), [(RequestedFailure.annotation, podFailures)])
            }
            let complains = pod.annotation(WorkloadMachine.complaintAnnotation)
            if complains != nil, complains != complaint {
                change(reference(.pod, pod.objectName), [(WorkloadMachine.complaintAnnotation, complaint)])
            }
        }
        for claim in claims.values
        where !claim.isBeingDeleted && claim.annotation(RequestedFailure.annotation) != claimFailures {
            change(
                reference(.persistentVolumeClaim, claim.objectName),
                [(RequestedFailure.annotation, claimFailures)]
            )
        }
        return actions
    }

    private func asked(_ words: [String]) -> String? {
        guard set.annotation(RequestedFailure.annotation) != nil else { return nil }
        let asked = RequestedFailure.words(on: set).intersection(words)
        return asked.isEmpty ? nil : asked.sorted().joined(separator: ",")
    }

    /// The status, when it is another than the one shown.
    private func reportStatus() -> [APIAction] {
        let shown = set["status"] ?? [:]
        let all = pods.values
        let ready = all.count { $0.isRunning && $0.conditionStatus("Ready") == "True" }
        let updated = all.count { isUpdated($0) && !$0.isBeingDeleted }
        var current = shown["currentRevision"]?.string ?? revision
        let rolls = spec.at("updateStrategy", "type")?.string != "OnDelete"
        if rolls, updated == all.count, ready == all.count { current = revision }
        let onCurrent = all.count { $0.label(Self.revisionLabel) == current && !$0.isBeingDeleted }
        var status: JSONValue = [
            "observedGeneration": set.at("metadata", "generation") ?? 1, "collisionCount": 0,
            "replicas": JSONValue(all.count), "availableReplicas": JSONValue(ready),
            "currentRevision": .string(current), "updateRevision": .string(revision),
        ]
        for (field, count) in [("readyReplicas", ready), ("updatedReplicas", updated), ("currentReplicas", onCurrent)]
        where count > 0 { status[field] = JSONValue(count) }
        guard let change = JSONMergePatch.difference(from: shown, to: status) else { return [] }
        return [.patchStatus(reference, change)]
    }
}
