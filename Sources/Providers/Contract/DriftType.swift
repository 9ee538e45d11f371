/// What a manual edit of a child touched: the label `type` of `dbaas_drift_detected_total`.
package enum DriftType: String, Sendable, Hashable, CaseIterable {
    case size
    case replicas
    case storage
    case configuration
    case other
}
