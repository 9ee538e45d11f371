import JSON

/// What the API server fills into pods, and into what makes pods, that depends on other fields.
///
/// Everything else is a default in ``PodShapes`` and ``WorkloadShapes``. The rules are those of `defaults.go` in
/// Kubernetes' `pkg/apis/core/v1`, `apps/v1` and `batch/v1`.
enum WorkloadDefaults {
    static func fillPod(_ pod: inout JSONValue) {
        guard var spec = pod["spec"] else { return }
        fillPodSpec(&spec)
        // Of pods themselves only: a template keeps what its author wrote.
        let isOnHost = spec["hostNetwork"]?.bool == true
        changeContainers(of: &spec) { container in
            let hasRequests = requestLimits(&container)
            return isOnHost && openHostPorts(&container) || hasRequests
        }
        pod["spec"] = spec
    }

    static func fillTemplate(_ object: inout JSONValue) {
        guard var spec = object.at("spec", "template", "spec") else { return }
        fillPodSpec(&spec)
        object["spec"]?["template"]?["spec"] = spec
    }

    static func fillDeployment(_ deployment: inout JSONValue) {
        fillTemplate(&deployment)
        guard var strategy = deployment.at("spec", "strategy"), strategy["type"] == "RollingUpdate" else { return }
        for field in ["maxUnavailable", "maxSurge"] where strategy.at("rollingUpdate", field) == nil {
            strategy["rollingUpdate", field] = "25%"
        }
        deployment["spec", "strategy"] = strategy
    }

    static func fillJob(_ job: inout JSONValue) {
        fillTemplate(&job)
        let (completions, parallelism) = (job.at("spec", "completions"), job.at("spec", "parallelism"))
        if completions == nil, parallelism == nil { job["spec", "completions"] = 1 }
        if parallelism == nil { job["spec", "parallelism"] = 1 }
        if job.at("metadata", "labels")?.object?.isEmpty ?? true {
            job["metadata", "labels"] = job.at("spec", "template", "metadata", "labels")
        }
    }

    /// Tells a new job's pods by its uid (`generateSelector` in `pkg/registry/batch/job/strategy.go`).
    static func giveSelector(to job: inout JSONValue) {
        guard job.at("spec", "manualSelector")?.bool != true, let uid = job.at("metadata", "uid"),
            let name = job.at("metadata", "name"), var template = job.at("spec", "template")
        else { return }
        var labels = template.at("metadata", "labels") ?? [:]
        let sharesLabels = job.at("metadata", "labels") == labels
        for (label, value) in [("controller-uid", uid), ("job-name", name)] {
            labels[label] = value
            labels["batch.kubernetes.io/" + label] = value
        }
        template["metadata", "labels"] = labels
        job["spec", "template"] = template
        // Labels that came from the template are one map with its own in the server. Equal ones are taken for such.
        if sharesLabels { job["metadata", "labels"] = labels }
        job["spec", "selector"] = ["matchLabels": ["batch.kubernetes.io/controller-uid": uid]]
    }

    // MARK: Pods

    private static func fillPodSpec(_ spec: inout JSONValue) {
        // Two names of one field, of which the newer one counts.
        if let account = spec["serviceAccountName"]?.string, !account.isEmpty {
            spec["serviceAccount"] = .string(account)
        } else if let account = spec["serviceAccount"]?.string, !account.isEmpty {
            spec["serviceAccountName"] = .string(account)
        }
        changeContainers(of: &spec) { container in
            guard container["imagePullPolicy"]?.string ?? "" == "" else { return false }
            let isMoving = isMovingImage(container["image"]?.string ?? "")
            container["imagePullPolicy"] = isMoving ? "Always" : "IfNotPresent"
            return true
        }
        change("volumes", of: &spec) { volume in
            guard volume.object?.count == 1 else { return false }
            volume["emptyDir"] = [:]
            return true
        }
    }

    /// Whether an image's name can mean another image tomorrow: it is tagged `latest`, or has no tag and no digest.
    private static func isMovingImage(_ image: String) -> Bool {
        guard !image.isEmpty else { return false }
        let parts = image.split(separator: "@", maxSplits: 1)
        let name = parts[0].split(separator: "/").last ?? ""
        guard let colon = name.firstIndex(of: ":") else { return parts.count == 1 }
        return name[colon...] == ":latest"
    }

    /// Requests what is limited and not requested; says whether anything was.
    private static func requestLimits(_ container: inout JSONValue) -> Bool {
        guard let limits = container.at("resources", "limits")?.object else { return false }
        var requests = container.at("resources", "requests") ?? [:]
        var isChanged = false
        for limit in limits where requests[limit.name] == nil {
            requests[limit.name] = limit.value
            isChanged = true
        }
        if isChanged { container["resources", "requests"] = requests }
        return isChanged
    }

    private static func openHostPorts(_ container: inout JSONValue) -> Bool {
        change("ports", of: &container) { port in
            guard port["hostPort"]?.integer ?? 0 == 0 else { return false }
            port["hostPort"] = port["containerPort"]
            return true
        }
    }

    private static func changeContainers(of spec: inout JSONValue, _ body: (inout JSONValue) -> Bool) {
        change("initContainers", of: &spec, body)
        change("containers", of: &spec, body)
    }

    /// Changes the items of a list; one that is as it should be already is left alone.
    @discardableResult
    private static func change(_ list: String, of object: inout JSONValue, _ body: (inout JSONValue) -> Bool) -> Bool {
        guard var items = object[list]?.array else { return false }
        var isChanged = false
        for index in items.indices where body(&items[index]) { isChanged = true }
        if isChanged { object[list] = .array(items) }
        return isChanged
    }
}
