internal import Synchronization

/// An HTTP client over libcurl.
///
/// Whole requests go over a small pool of kept-alive HTTP/1.1 connections, streams over one shared HTTP/2 connection
/// where the server has TLS and speaks it, and over an HTTP/1.1 connection each otherwise. libcurl decides by host
/// whether connections can be shared, so the two kinds have a loop (a thread and a connection pool) of their own.
///
/// It neither retries nor authenticates nor follows redirects. All methods may be called from any task.
package final class HTTPClient: Sendable {
    private let options: HTTPOptions
    private let requests: TransferLoop
    private let streams: TransferLoop

    /// Starts the threads; they end by ``shutDown()`` or when the client and all its streams are let go.
    package init(_ options: HTTPOptions = HTTPOptions()) {
        self.options = options
        requests = .start(options, limit: max(1, options.requestsInFlight))
        streams = .start(options, limit: nil)
    }

    deinit { shutDown() }

    /// The thread that carries out whole requests, for tasks that make many: those that prefer it need no other thread.
    ///
    /// What runs there must not block; it goes on elsewhere after ``shutDown()``.
    package var executor: any TaskExecutor { requests }

    /// Returns when the client has been shut down and has closed its connections; cancelling the task shuts it down.
    package func run() async {
        await requests.waitForEnd()
        if Task.isCancelled { shutDown() }
        await streams.waitForEnd()
        if Task.isCancelled { shutDown() }
    }

    /// Ends all that is under way with ``TransportError/Kind/shutDown``; later requests end so at once.
    package func shutDown() {
        requests.shutDown()
        streams.shutDown()
    }

    /// Sends a request and waits for the whole answer, whatever its status.
    ///
    /// Throws when no whole answer comes, or one longer than the options allow. Cancelling the task ends the exchange
    /// at once and closes its connection; whether the server has seen the request is then unknown.
    package func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let endpoint = try Endpoint(url: request.url, serverName: options.tls.serverName)
        let collector = ResponseCollector()
        let transfer = Transfer(
            id: requests.newID(),
            request: request,
            endpoint: endpoint,
            isStream: false,
            bodyLimit: options.bodyLimit,
            due: .now + request.delay,
            sink: collector
        )
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                collector.expect(waiter)
                submit(transfer, to: requests)
            }
        } onCancel: {
            requests.cancel(transfer.id)
        }.get()
    }

    /// Sends a request and waits for the head of the answer; the body is read from the result.
    ///
    /// The request's `timeout` covers the whole stream, so it is nil for one that may last.
    package func stream(_ request: HTTPRequest) async throws(TransportError) -> HTTPStream {
        let endpoint = try Endpoint(url: request.url, serverName: options.tls.serverName)
        let buffer = StreamBuffer(limit: options.streamBufferLimit)
        let transfer = Transfer(
            id: streams.newID(),
            request: request,
            endpoint: endpoint,
            isStream: true,
            bodyLimit: .max,
            due: .now + request.delay,
            sink: buffer
        )
        let head = try await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                buffer.expectHead(waiter)
                submit(transfer, to: streams)
            }
        } onCancel: {
            streams.cancel(transfer.id)
        }.get()
        return HTTPStream(head: head, id: transfer.id, buffer: buffer, client: self)
    }

    private func submit(_ transfer: Transfer, to loop: TransferLoop) {
        loop.submit(transfer)
        // A cancellation that came before the transfer was known has found nothing to cancel.
        if Task.isCancelled { loop.cancel(transfer.id) }
    }

    func cancelStream(_ id: UInt64) { streams.cancel(id) }

    func limitSilence(of id: UInt64, to time: Duration?) { streams.limitSilence(of: id, to: time) }
}
