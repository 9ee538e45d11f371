/// What this build calls itself, in `version`, the user agent and the metrics.
enum OperatorVersion {
    static let text = "0.1.0"

    /// As API servers see it in their audit logs.
    static let userAgent = "dbaas-operator/\(text)"
}
