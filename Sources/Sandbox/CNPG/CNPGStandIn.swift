import JSON

extension ChildOperator {
    /// The sandbox's stand-in for CloudNativePG 1.30 with its Barman Cloud plugin.
    ///
    /// Pods, jobs and volumes are run by ``SandboxControllers``, which must run beside it.
    static let cnpg = ChildOperator(
        engine: .cnpg,
        fieldManager: "cloudnative-pg",
        definitions: { EmbeddedDefinitions.cnpg },
        webhooks: [CNPGAdmission()],
        reconciler: { api, delays, counters in CNPGReconciler(api: api, delays: delays, counters: counters) }
    )
}
