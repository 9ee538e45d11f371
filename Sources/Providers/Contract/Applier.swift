/// Builds the children of one cluster in fixed steps, each of which adds its part of the spec.
///
/// Only for a cluster that `validate` has nothing against and whose hook said to proceed; then it cannot fail. The same
/// cluster and snapshot give the same bytes.
package protocol Applier: Sendable {
    /// Names, labels, annotations and owner.
    mutating func metadata()
    /// Image, version, members, resources, storage and engine parameters.
    mutating func engine()
    /// The proxy or pooler, and how clients reach the database from outside.
    mutating func proxy()
    mutating func monitoring()
    mutating func podSchedulingPolicy()
    mutating func backup()
    /// Where the first data comes from.
    mutating func dataSource()
    /// The children, in the order in which they must be applied.
    func result() -> [DesiredObject]
}

extension Applier {
    /// Runs the steps in their order.
    package mutating func run() -> [DesiredObject] {
        metadata()
        engine()
        proxy()
        monitoring()
        podSchedulingPolicy()
        backup()
        dataSource()
        return result()
    }
}
