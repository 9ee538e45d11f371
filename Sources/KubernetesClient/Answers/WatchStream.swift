internal import HTTP
internal import Synchronization

/// The events of a watch, each a line of JSON, in batches as they arrive.
///
/// One task reads it. Cancelling that task, or letting go of the stream, ends the watch at once. An unfinished line at
/// the end is dropped: the event comes again when the watch is resumed.
package final class WatchStream: Sendable, AsyncSequence {
    package typealias Element = [[UInt8]]
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
    /// Throws when the connection is lost, is silent for too long, or a line has more than 8 MiB.
    package func next() async throws(APIError) -> [[UInt8]]? {
        while true {
            let chunk: [UInt8]?
            do throws(TransportError) {
                chunk = try await stream.next()
            } catch {
                throw APIError(error, request)
            }
            guard let chunk else { return nil }
            let lines: [[UInt8]]
            do throws(LineFramer.LineTooLong) {
                lines = try framer.withLock { framer throws(LineFramer.LineTooLong) in try framer.append(chunk) }
            } catch {
                stream.cancel()
                let text = "An event of this watch is longer than the \(error.limit) bytes that are accepted."
                throw APIError(.invalidAnswer(text), request)
            }
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

        package mutating func next() async throws(APIError) -> [[UInt8]]? { try await stream.next() }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(APIError) -> [[UInt8]]? {
            try await stream.next()
        }
    }
}
