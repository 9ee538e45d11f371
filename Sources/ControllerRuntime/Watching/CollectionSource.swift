package import KubernetesClient

/// Where a reflector reads a collection from.
package struct CollectionSource: Sendable {
    /// Lines that have come on a stream; the answer says whether to go on reading.
    package typealias Receiver = @Sendable ([WatchLine]) -> Bool

    /// Reads a page; throws ``ReflectorMachine/Failure``.
    package let list: @Sendable (ReflectorMachine.ListRequest, String?) async throws -> [UInt8]
    /// Opens a stream, says so, hands over its lines and returns at its end; throws ``ReflectorMachine/Failure``.
    package let watch:
        @Sendable (
            ReflectorMachine.WatchRequest, String?, _ opened: @Sendable () -> Void, _ receive: Receiver
        ) async throws -> Void

    /// A source made of two requests.
    package init(
        list: @escaping @Sendable (ReflectorMachine.ListRequest, String?) async throws -> [UInt8],
        watch:
            @escaping @Sendable (
                ReflectorMachine.WatchRequest, String?, _ opened: @Sendable () -> Void, _ receive: Receiver
            ) async throws -> Void
    ) {
        self.list = list
        self.watch = watch
    }
}

extension ReflectorMachine.Failure: Error {}
