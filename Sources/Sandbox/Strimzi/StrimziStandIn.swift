import JSON

extension ChildOperator {
    /// The sandbox's stand-in for Strimzi 1.2: its cluster operator, its entity operator and its Cruise Control.
    ///
    /// It has no webhooks. Pods, deployments, volumes and addresses are run by ``SandboxControllers``, which must run
    /// beside it.
    static let strimzi = ChildOperator(
        engine: .strimzi,
        fieldManager: "strimzi-kafka-operator",
        definitions: { EmbeddedDefinitions.strimzi },
        webhooks: [],
        reconciler: { api, delays, counters in StrimziReconciler(api: api, delays: delays, counters: counters) }
    )
}
