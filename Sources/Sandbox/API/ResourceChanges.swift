import KubernetesAPI

/// The objects of some kinds that are there or change, as long as its task is not cancelled.
struct ResourceChanges: AsyncSequence, Sendable {
    typealias Element = ResourceChange
    typealias Failure = Never

    fileprivate let subscription: StoreSubscription
    fileprivate let resources: [GroupResource: ResourceType]

    init(_ store: ObjectStore, _ resources: [ResourceType]) {
        self.resources = Dictionary(resources.map { (GroupResource($0), $0) }) { first, _ in first }
        subscription = StoreSubscription(store, Set(self.resources.keys), tellingExisting: true)
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        private let changes: ResourceChanges
        private var batch: ArraySlice<ResourceChange> = []

        fileprivate init(_ changes: ResourceChanges) { self.changes = changes }

        mutating func next() async -> ResourceChange? {
            while batch.isEmpty {
                let told = await changes.subscription.changes()
                guard !told.isEmpty else { return nil }
                // An empty name says that a kind has gone, which is no change of an object.
                batch =
                    told.filter { !$0.key.name.isEmpty }.compactMap { change in
                        changes.resources[change.place].map { ResourceChange(resource: $0, key: change.key) }
                    }[...]
            }
            return batch.popFirst()
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}
