import JSON
import KubernetesAPI

/// The kinds that are there without any definition.
enum BuiltInKinds {
    /// All of them; one whose schema does not compile would be missing, which a test rules out.
    static let all: [ServedKind] = core + grouped

    static let namespace = GroupResource(group: "", plural: "namespaces")
    static let events = GroupResource(group: "", plural: "events")
    static let definitions = GroupResource(group: "apiextensions.k8s.io", plural: "customresourcedefinitions")

    private static let core: [ServedKind] = [
        kind("", "namespaces", "Namespace", ["ns"], isNamespaced: false, CoreShapes.namespace, status: true) {
            $0.columns = BuiltInColumns.namespaces
            $0.names = .label
            $0.traits.returnsDeletedObject = true
            $0.selectableFields = [["status", "phase"]]
        },
        kind("", "pods", "Pod", ["po"], WorkloadShapes.pod, status: true) {
            $0.columns = BuiltInColumns.pods
            $0.categories = ["all"]
            $0.traits.returnsDeletedObject = true
            $0.traits.hasGeneration = true
            $0.selectableFields = [
                ["spec", "nodeName"], ["spec", "restartPolicy"], ["spec", "schedulerName"],
                ["spec", "serviceAccountName"], ["status", "phase"], ["status", "podIP"],
            ]
        },
        kind("", "services", "Service", ["svc"], CoreShapes.service, status: true) {
            $0.columns = BuiltInColumns.services
            $0.categories = ["all"]
            $0.names = .label1035
            $0.traits.returnsDeletedObject = true
            $0.selectableFields = [["spec", "clusterIP"], ["spec", "type"]]
        },
        kind("", "secrets", "Secret", [], CoreShapes.secret) {
            $0.columns = BuiltInColumns.secrets
            $0.selectableFields = [["type"]]
        },
        kind("", "configmaps", "ConfigMap", ["cm"], CoreShapes.configMap) {
            $0.columns = BuiltInColumns.configMaps
        },
        kind(
            "",
            "persistentvolumeclaims",
            "PersistentVolumeClaim",
            ["pvc"],
            CoreShapes.persistentVolumeClaim,
            status: true
        ) {
            $0.columns = BuiltInColumns.persistentVolumeClaims
            $0.traits.returnsDeletedObject = true
        },
        kind("", "serviceaccounts", "ServiceAccount", ["sa"], CoreShapes.serviceAccount) {
            $0.traits.returnsDeletedObject = true
            $0.columns = [.name, .ageAsText]
        },
        kind("", "endpoints", "Endpoints", ["ep"], CoreShapes.endpoints) {
            $0.explicitListKind = "EndpointsList"
        },
        kind("", "events", "Event", ["ev"], CoreShapes.coreEvent) {
            $0.columns = BuiltInColumns.events
            $0.traits.createsOnUpdate = true
            $0.selectableFields = EventConversion.selectableFields
        },
    ].compactMap { $0 }

    private static let grouped: [ServedKind] = [
        kind("events.k8s.io", "events", "Event", ["ev"], CoreShapes.event) {
            $0.columns = BuiltInColumns.events
            $0.traits.createsOnUpdate = true
        },
        kind("coordination.k8s.io", "leases", "Lease", [], CoreShapes.lease) {
            $0.columns = BuiltInColumns.leases
            $0.traits.createsOnUpdate = true
        },
        kind("apps", "deployments", "Deployment", ["deploy"], WorkloadShapes.deployment, status: true) {
            $0.columns = BuiltInColumns.deployments
            $0.categories = ["all"]
            $0.traits.hasGeneration = true
            $0.scale = ServedKind.Scale(
                specReplicas: ["spec", "replicas"],
                statusReplicas: ["status", "replicas"],
                labelSelector: nil
            )
        },
        kind("apps", "statefulsets", "StatefulSet", ["sts"], WorkloadShapes.statefulSet, status: true) {
            $0.categories = ["all"]
            $0.traits.hasGeneration = true
            $0.scale = ServedKind.Scale(
                specReplicas: ["spec", "replicas"],
                statusReplicas: ["status", "replicas"],
                labelSelector: nil
            )
        },
        kind("batch", "jobs", "Job", [], WorkloadShapes.job, status: true) {
            $0.columns = BuiltInColumns.jobs
            $0.categories = ["all"]
            $0.traits.hasGeneration = true
            $0.selectableFields = [["status", "successful"]]
        },
        kind(
            "policy",
            "poddisruptionbudgets",
            "PodDisruptionBudget",
            ["pdb"],
            WorkloadShapes.podDisruptionBudget,
            status: true
        ) {
            $0.columns = BuiltInColumns.podDisruptionBudgets
            $0.traits.hasGeneration = true
        },
        kind("storage.k8s.io", "storageclasses", "StorageClass", ["sc"], isNamespaced: false, CoreShapes.storageClass) {
            $0.columns = BuiltInColumns.storageClasses
            $0.explicitListKind = "StorageClassList"
        },
        kind("rbac.authorization.k8s.io", "roles", "Role", [], CoreShapes.role, configure: rbac),
        kind("rbac.authorization.k8s.io", "rolebindings", "RoleBinding", [], CoreShapes.roleBinding, configure: rbac),
        kind(
            "rbac.authorization.k8s.io",
            "clusterroles",
            "ClusterRole",
            [],
            isNamespaced: false,
            CoreShapes.clusterRole,
            configure: rbac
        ),
        kind(
            "rbac.authorization.k8s.io",
            "clusterrolebindings",
            "ClusterRoleBinding",
            [],
            isNamespaced: false,
            CoreShapes.roleBinding,
            configure: rbac
        ),
        kind(
            "apiextensions.k8s.io",
            "customresourcedefinitions",
            "CustomResourceDefinition",
            ["crd", "crds"],
            isNamespaced: false,
            CoreShapes.customResourceDefinition,
            status: true
        ) {
            $0.columns = BuiltInColumns.definitions
            $0.categories = ["api-extensions"]
            $0.traits.hasGeneration = true
            $0.traits.returnsDeletedObject = true
        },
        review("SelfSubjectAccessReview", isNamespaced: false),
        review("SelfSubjectRulesReview", isNamespaced: false),
        review("SubjectAccessReview", isNamespaced: false),
        review("LocalSubjectAccessReview", isNamespaced: true),
    ].compactMap { $0 }

    private static func rbac(_ kind: inout ServedKind) {
        kind.names = .pathSegment
        kind.traits.createsOnUpdate = true
        kind.columns = kind.resource.kind.hasSuffix("Binding") ? BuiltInColumns.roleBindings : BuiltInColumns.roles
    }

    private static func review(_ name: String, isNamespaced: Bool) -> ServedKind? {
        kind(
            "authorization.k8s.io",
            name.lowercased() + "s",
            name,
            [],
            isNamespaced: isNamespaced,
            CoreShapes.accessReview
        ) { $0.traits.isReview = true }
    }

    private static func kind(
        _ group: String,
        _ plural: String,
        _ kind: String,
        _ shortNames: [String],
        isNamespaced: Bool = true,
        _ shape: JSONValue,
        status: Bool = false,
        configure: (inout ServedKind) -> Void
    ) -> ServedKind? {
        guard let schema = try? StructuralSchema(compiling: shape) else { return nil }
        let resource = ResourceType(
            group: group,
            version: "v1",
            plural: plural,
            kind: kind,
            isNamespaced: isNamespaced
        )
        let fields = KindSchema(shape, compiled: schema)
        var served = ServedKind(resource: resource, singular: kind.lowercased(), fields: fields)
        served.shortNames = shortNames
        served.hasStatus = status
        served.columns = [.name, .ageAsText]
        configure(&served)
        return served
    }
}
