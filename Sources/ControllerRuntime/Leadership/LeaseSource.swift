package import KubernetesAPI
package import KubernetesClient

/// Where the lease is read and written; failures are ``APIError``.
package struct LeaseSource: Sendable {
    /// The lease, or nil when there is none.
    package let read: @Sendable () async throws -> Lease?
    /// Creates it and gives it as it is then.
    package let create: @Sendable (Lease) async throws -> Lease
    /// Replaces the version that was read and gives it as it is then.
    package let replace: @Sendable (Lease) async throws -> Lease

    /// A source made of three requests.
    package init(
        read: @escaping @Sendable () async throws -> Lease?,
        create: @escaping @Sendable (Lease) async throws -> Lease,
        replace: @escaping @Sendable (Lease) async throws -> Lease
    ) {
        self.read = read
        self.create = create
        self.replace = replace
    }

    /// The lease of that key on the API server.
    package init(_ client: KubernetesClient, _ key: ObjectKey, fieldManager: String) {
        self.init(
            read: { try await client.get(Lease.kind, key) },
            create: { lease in
                let bytes = try await client.create(
                    .lease,
                    namespace: key.namespace,
                    lease.json,
                    fieldManager: fieldManager
                )
                return try Lease.kind.decode(bytes)
            },
            replace: { lease in
                let bytes = try await client.replace(.lease, key, lease.json, fieldManager: fieldManager)
                return try Lease.kind.decode(bytes)
            }
        )
    }
}

extension LeaseRecord {
    init(_ lease: Lease) {
        self.init(
            holder: lease.holderIdentity,
            durationSeconds: Int(lease.leaseDurationSeconds),
            acquireTime: lease.acquireTime,
            renewTime: lease.renewTime,
            transitions: Int(lease.leaseTransitions)
        )
    }

    /// The lease with what this record says; fields the record does not know stay.
    func written(into lease: Lease) -> Lease {
        var lease = lease
        lease.holderIdentity = holder
        lease.leaseDurationSeconds = Int64(durationSeconds)
        lease.acquireTime = acquireTime
        lease.renewTime = renewTime
        lease.leaseTransitions = Int64(transitions)
        return lease
    }
}
