import JSON
import KubernetesAPI

/// What is particular about one of the databases that KubeDB runs; everything else is the same for all.
struct DatabaseEngine: Sendable {
    /// How the pods of a database tell who leads.
    struct Roles: Sendable, Equatable {
        let primary: String
        let standby: String

        static let primaryStandby = Roles(primary: "primary", standby: "standby")
        static let masterSlave = Roles(primary: "Master", standby: "Slave")
    }

    /// How an operation tells about one pod that it restarts.
    struct StepWords: Sendable {
        /// The condition type, before "--" and the pod's name, and the words of its message.
        var before: [(type: String, words: String)] = []
        let ready: (type: String, words: String)
        /// Whether success is told without the pod's name, so that the failure of the first look stays in the status.
        var forgetsPod = false
    }

    /// The engine as AppBindings and messages name it: "mongodb".
    let name: String
    let database: ResourceType
    let catalogue: ResourceType
    let operation: ResourceType
    let container: String
    /// Nil where pods have no sidecar.
    var sidecar: String?
    /// Whether even a database of one pod has the sidecar.
    var sidecarIsAlways = false
    let initContainer: String
    let port: Int64
    /// What the URL of a connection begins with.
    let scheme: String
    let administrator: String
    /// The prefix of claims, before the pod's name.
    var volume = "data"
    let roles: Roles?
    let hasPrimaryService: Bool
    var hasStandbyService = false
    /// Whether all pods of a PetSet start at once.
    var startsInParallel = false
    /// Whether health is not looked at while the ops-manager restarts pods.
    var pausesHealthCheck = false
    let steps: StepWords
    var failureThreshold: Int64 = 1
    /// Types of requests beside those that all engines know.
    var ownOperations: [String] = []
    /// Types of requests that all engines know but this one.
    var missingOperations: Set<String> = []
    /// Environment variables that users may not set.
    let forbiddenVariables: Set<String>
    /// The words of a refusal to delete, after which the name comes.
    let deletionSubject: String

    var kind: String { database.kind }
    /// The value of the label that all objects of such databases carry.
    var qualifiedName: String { "\(database.plural).\(KubeDB.group)" }

    /// The types of requests it takes, in the order in which refusals name them.
    var operations: [String] { Self.commonOperations.filter { !missingOperations.contains($0) } + ownOperations }

    private static let commonOperations = [
        "UpdateVersion", "HorizontalScaling", "VerticalScaling", "VolumeExpansion", "Restart", "Reconfigure",
        "ReconfigureTLS", "RotateAuth", "StorageMigration",
    ]
}

extension DatabaseEngine {
    private static let byDatabase = Dictionary(
        all.map { ($0.database.plural, $0) },
        uniquingKeysWith: { first, _ in first }
    )
    private static let byOperation = Dictionary(
        all.map { ($0.operation.plural, $0) },
        uniquingKeysWith: { first, _ in first }
    )

    /// The engine whose databases that kind is; nil for another kind.
    static func of(database resource: ResourceType) -> DatabaseEngine? {
        resource.group == KubeDB.group ? byDatabase[resource.plural] : nil
    }

    /// The engine whose requests that kind is; nil for another kind.
    static func of(operation resource: ResourceType) -> DatabaseEngine? {
        resource.group == KubeDB.operationsGroup ? byOperation[resource.plural] : nil
    }

    /// The engine that the label on a child names.
    static func of(qualifiedName: String) -> DatabaseEngine? {
        guard qualifiedName.hasSuffix("." + KubeDB.group) else { return nil }
        return byDatabase[String(qualifiedName.dropLast(KubeDB.group.count + 1))]
    }
}
