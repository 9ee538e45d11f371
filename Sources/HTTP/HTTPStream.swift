/// An answer whose body is read while it arrives.
///
/// One task reads it. Cancelling that task, or letting go of the stream, ends the transfer at once.
package final class HTTPStream: Sendable {
    package let status: Int
    /// Taken from the bytes at each call.
    package var headers: HTTPHeaders { head.headers }

    private let head: ResponseHead
    private let id: UInt64
    private let buffer: StreamBuffer
    // The client must outlive its streams: without it the loop ends.
    private let client: HTTPClient

    init(head: ResponseHead, id: UInt64, buffer: StreamBuffer, client: HTTPClient) {
        status = head.status
        self.head = head
        self.id = id
        self.buffer = buffer
        self.client = client
    }

    deinit { client.cancelStream(id) }

    /// The bytes that have arrived since the last call, waiting for some; nil when the body has ended.
    ///
    /// Throws what ended the stream early. What arrived before the end is still handed out first.
    package func next() async throws(TransportError) -> [UInt8]? {
        let answer = await withTaskCancellationHandler {
            await buffer.next()
        } onCancel: {
            client.cancelStream(id)
        }
        return try answer.get()
    }

    /// From now on a silence of this length ends the stream; nil = silence is no fault.
    package func limitSilence(to time: Duration?) {
        client.limitSilence(of: id, to: time)
    }

    /// Ends the transfer; the reader gets ``TransportError/Kind/cancelled`` after what has already arrived.
    package func cancel() { client.cancelStream(id) }

    /// The body in pieces of any size.
    package var chunks: Chunks { Chunks(stream: self) }

    /// The body as a sequence; iterating a second time goes on where the first one stopped.
    package struct Chunks: AsyncSequence, Sendable {
        package typealias Element = [UInt8]
        package typealias Failure = TransportError

        let stream: HTTPStream

        package func makeAsyncIterator() -> Iterator { Iterator(stream: stream) }

        package struct Iterator: AsyncIteratorProtocol {
            let stream: HTTPStream

            package mutating func next() async throws(TransportError) -> [UInt8]? { try await stream.next() }

            package mutating func next(
                isolation actor: isolated (any Actor)?
            ) async throws(TransportError) -> [UInt8]? {
                try await stream.next()
            }
        }
    }

    /// The rest of the body as one array; fails when it is longer than the limit.
    package func collect(limit: Int) async throws(TransportError) -> [UInt8] {
        var body: [UInt8] = []
        while let chunk = try await next() {
            body += chunk
            guard body.count <= limit else {
                cancel()
                throw TransportError(.tooLarge, "The answer is longer than the \(limit) bytes that are accepted.")
            }
        }
        return body
    }
}
