import JSON
import KubernetesAPI

/// One look at a StrimziPodSet: its pods are made, kept and taken away as it lists them.
///
/// As upstream's `StrimziPodSetController`, it knows no pause, and it never restarts a pod.
struct PodSetPass {
    let podSet: JSONValue
    /// By name: the pods that its selector finds.
    let pods: [String: JSONValue]
    /// The Kafka it belongs to; nil when there is none any more.
    let kafka: JSONValue?
    /// By the name of a pod: the ConfigMap that its server reads when it starts.
    let configMaps: [String: JSONValue]
    /// By name: the claims of the cluster.
    let claims: [String: JSONValue]
    let now: Timestamp
    var decision = ClusterDecision()

    private var namespace: String { podSet.objectNamespace }
    private var listed: [JSONValue] { podSet.at("spec", "pods")?.array ?? [] }

    mutating func run() {
        guard !podSet.isBeingDeleted else { return }
        var ready = 0
        var current = 0
        var refused: String?
        for wanted in listed {
            guard let pod = pods[wanted.objectName] else {
                guard wanted.objectName.utf8.count <= 63 else {
                    refused = refused ?? wanted.objectName
                    continue
                }
                create(wanted)
                continue
            }
            keep(pod)
            if pod.conditionStatus("Ready") == "True" { ready += 1 }
            if isCurrent(pod, wanted) { current += 1 }
        }
        let names = Set(listed.map(\.objectName))
        let leaving = pods.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }
        for (name, pod) in leaving where !pod.isBeingDeleted {
            decision.actions.append(.delete(ObjectReference(.pod, namespace, name)))
        }
        var status: JSONValue = [
            "observedGeneration": podSet.at("metadata", "generation") ?? 0,
            "pods": JSONValue(listed.count + leaving.count), "readyPods": JSONValue(ready),
            "currentPods": JSONValue(current),
        ]
        if let refused { status["conditions"] = [Self.error(refused, now)] }
        guard let patch = KafkaStatus.patch(from: podSet["status"], to: status) else { return }
        decision.actions.append(.patchStatus(ObjectReference(.strimziPodSet, podSet.objectKey), patch))
    }

    /// The name of a pod is its host's name too, which Kubernetes does not take when it is too long.
    private static func error(_ pod: String, _ now: Timestamp) -> JSONValue {
        var condition = KafkaStatus.condition(
            "Error",
            "KubernetesClientException",
            "Pod \"\(pod)\" is invalid: spec.hostname: Invalid value: \"\(pod)\": must be no more than 63 characters",
            now
        )
        condition["status"] = "true"
        return condition
    }

    // MARK: Pods

    private mutating func create(_ wanted: JSONValue) {
        var pod = wanted
        var metadata = wanted["metadata"] ?? [:]
        metadata["ownerReferences"] = [Strimzi.owner(podSet, .strimziPodSet, controller: true)]
        metadata["finalizers"] = [.string(WorkloadMachine.podFinalizer)]
        let options = KafkaNodes.options(in: configMaps[wanted.objectName])
        var annotations = metadata["annotations"] ?? [:]
        annotations[Strimzi.Annotation.startedWith] = .string(JSONValue(options).description)
        annotations[WorkloadMachine.complaintAnnotation] = complaint(of: wanted.objectName, options)
            .map(JSONValue.string)
        annotations[RequestedFailure.annotation] = failures(of: wanted).map(JSONValue.string)
        metadata["annotations"] = annotations
        pod["metadata"] = metadata
        decision.actions.append(.create(.pod, pod))
        decision.counted.append(.podCreations)
        growFileSystems(wanted.objectName)
    }

    /// The last words of a pod's server that does not start; nil when it starts.
    private func complaint(of pod: String, _ options: [String: String]) -> String? {
        let id = configMaps[pod]?.at("data", "cluster.id")?.string
        for (name, claim) in claims where name.hasSuffix("-" + pod) {
            guard let id, let formatted = claim.annotation(Strimzi.Annotation.formattedFor), formatted != id else {
                continue
            }
            return "java.lang.RuntimeException: Invalid cluster.id in: /var/lib/kafka/data/meta.properties. "
                + "Expected \(id), but read \(formatted)"
        }
        return BrokerConfiguration.complaint(about: options)
    }

    /// A file system that grows offline does so when its pod starts.
    private mutating func growFileSystems(_ pod: String) {
        for (name, claim) in claims.sorted(by: { $0.key < $1.key })
        where name.hasSuffix("-" + pod) && claim.conditionStatus("FileSystemResizePending") == "True" {
            let size = claim.at("spec", "resources", "requests", "storage") ?? .null
            decision.actions.append(
                .patchStatus(
                    ObjectReference(.persistentVolumeClaim, namespace, name),
                    ["capacity": ["storage": size], "conditions": .null]
                )
            )
        }
    }

    /// The failures asked for on the Kafka that concern pods; one of an upgrade strikes the pods of the new version.
    private func failures(of pod: JSONValue) -> String? {
        guard let kafka else { return nil }
        let asked = RequestedFailure.words(on: kafka)
        var passedOn = asked.intersection(["pod-start", "image-pull", "schedule"])
        let version = kafka.at("status", "kafkaVersion")?.string
        if asked.contains("upgrade"), let version, pod.annotation(Strimzi.Annotation.version) != version {
            passedOn.insert("pod-start")
        }
        return passedOn.isEmpty ? nil : passedOn.sorted().joined(separator: ",")
    }

    private mutating func keep(_ pod: JSONValue) {
        let place = ObjectReference(.pod, pod.objectKey)
        guard !pod.isBeingDeleted else { return }
        if ["Succeeded", "Failed"].contains(pod.at("status", "phase")?.string ?? "") {
            decision.actions.append(.delete(place))
            return
        }
        if pod.controller?["uid"]?.string != podSet.objectUID {
            let owner = Strimzi.owner(podSet, .strimziPodSet, controller: true)
            decision.actions.append(.patch(place, ["metadata": ["ownerReferences": [owner]]]))
        }
        lift(pod, place)
    }

    /// A failure that is no longer asked for ends, and a server that did not start for its options reads the new ones.
    private mutating func lift(_ pod: JSONValue, _ place: ObjectReference) {
        var annotations: JSONValue = [:]
        if let carried = pod.annotation(RequestedFailure.annotation), failures(of: pod) != carried {
            annotations[RequestedFailure.annotation] = .null
        }
        let options = KafkaNodes.options(in: configMaps[pod.objectName])
        if let carried = pod.annotation(WorkloadMachine.complaintAnnotation) {
            let complaint = complaint(of: pod.objectName, options)
            if complaint != carried {
                annotations[WorkloadMachine.complaintAnnotation] = complaint.map(JSONValue.string) ?? .null
                annotations[Strimzi.Annotation.startedWith] = .string(JSONValue(options).description)
            }
        }
        guard annotations.object?.isEmpty == false else { return }
        decision.actions.append(.patch(place, ["metadata": ["annotations": annotations]]))
    }

    /// Whether the pod is what the set lists; resources alone may be changed while it runs.
    private mutating func isCurrent(_ pod: JSONValue, _ wanted: JSONValue) -> Bool {
        func differs(_ annotation: String) -> Bool { pod.annotation(annotation) != wanted.annotation(annotation) }
        guard !differs(Strimzi.Annotation.revision) else { return false }
        guard differs(Strimzi.Annotation.resourceRevision) else { return true }
        guard podSet.isAnnotated(Strimzi.Annotation.inPlaceResizing), pod.isRunning, !pod.isBeingDeleted else {
            return false
        }
        let place = ObjectReference(.pod, pod.objectKey)
        let revision = wanted.annotation(Strimzi.Annotation.resourceRevision).map(JSONValue.string) ?? .null
        decision.actions.append(
            .patch(
                place,
                [
                    "metadata": ["annotations": [Strimzi.Annotation.resourceRevision: revision]],
                    "spec": ["containers": wanted.at("spec", "containers") ?? []],
                ]
            )
        )
        return true
    }
}
