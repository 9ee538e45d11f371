internal import HTTP
internal import Synchronization

/// The events of a watch, each a line of JSON, in batches as they arrive; one longer than 8 MiB is told
/// and left out.
///
/// One task reads it. Cancelling that task, or letting go of the stream, ends the watch at once. An unfinished line at
/// the end is dropped: the event comes again when the watch is resumed.
package final class WatchStream: Sendable, AsyncSequence {
    package typealias Element = [WatchLine]
    package typealias Failure = APIError

    private let stream: HTTPStream
    private let request: RequestLine
    private let framer: Mutex<LineFramer>

    init(_ stream: HTTPStream, _ request: RequestLine, lineLimit: Int = LineFramer.defaultLimit) {
        self.stream = stream
        self.request = request
        framer = Mutex(LineFramer(limit: lineLimit))
    }

    /// The next lines, at least one; nil when the server has ended the watch.
    ///
    /// Throws when the connection is lost or silent for too long.
    package func next() async throws(APIError) -> [WatchLine]? {
        while true {
            let chunk: [UInt8]?
            do throws(TransportError) {
                chunk = try await stream.next()
            } catch {
                throw APIError(error, request)
            }
            guard let chunk else { return nil }
            let lines = framer.withLock { $0.append(chunk) }
            if !lines.isEmpty { return lines }
        }
    }

    /// From now on a silence of this length ends the watch with an error; nil = silence is no fault.
    package func limitSilence(to time: Duration?) { stream.limitSilence(to: time) }

    /// Ends the watch.
    package func cancel() { stream.cancel() }

    package func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    package struct Iterator: AsyncIteratorProtocol {
        let stream: WatchStream

        package mutating func next() async throws(APIError) -> [WatchLine]? { try await stream.next() }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(APIError) -> [WatchLine]? {
            try await stream.next()
        }
    }
}
