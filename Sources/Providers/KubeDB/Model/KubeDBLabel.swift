import KubernetesAPI

/// Labels that KubeDB writes on what belongs to a database.
enum KubeDBLabel {
    /// Its value is the plural of the database's kind and its group; see ``KubeDBEngine/nameLabel``.
    static let name = "app.kubernetes.io/name"
    /// The database's name.
    static let instance = "app.kubernetes.io/instance"
    /// Its value is always ``kubedb``.
    static let managedBy = "app.kubernetes.io/managed-by"
    static let kubedb = "kubedb.com"
    /// What a member is, where the engine has roles.
    ///
    /// `primary` or `standby`; with MariaDB `Master` or `Slave`.
    static let role = "kubedb.com/role"
    /// Not KubeDB's: the database that one of KubeDB's requests is about, put there when the request is read, since
    /// nothing but its spec tells.
    static let database = "kubedb.com/database-ref"

    /// Selects all that KubeDB makes.
    static let selector = "\(managedBy)=\(kubedb)"
}
