/// The names under which the operator owns fields at the API server; one per purpose, stable for ever.
package enum FieldManager {
    /// What the cluster controller keeps on the children.
    package static let cluster = "dbaas-operator/cluster"
    /// What operations write on children once and leave there, such as a restart's stamp.
    package static let operations = "dbaas-operator/operations"
    /// The status of our own kinds.
    package static let status = "dbaas-operator/status"
}
