internal import Synchronization

/// Waits for the whole of an answer.
final class ResponseCollector: TransferSink {
    typealias Answer = Result<HTTPResponse, TransportError>

    private struct State {
        var waiter: CheckedContinuation<Answer, Never>?
        var head: ResponseHead?
        var body: [UInt8] = []
    }

    private let state = Mutex(State())

    /// Names who waits; to be called once, before the transfer is submitted.
    func expect(_ waiter: CheckedContinuation<Answer, Never>) {
        state.withLock { $0.waiter = waiter }
    }

    func receive(head: ResponseHead) {
        state.withLock { $0.head = head }
    }

    func receive(bytes: [UInt8]) -> Bool {
        state.withLock { $0.body = bytes }
        return true
    }

    func finish(_ error: TransportError?) {
        let (waiter, head, body) = state.withLock { state in
            let parts = (state.waiter, state.head, state.body)
            state = State()
            return parts
        }
        if let error {
            waiter?.resume(returning: .failure(error))
        } else if let head {
            waiter?.resume(returning: .success(HTTPResponse(head: head, body: body)))
        } else {
            let error = TransportError(.connectionLost, "The server closed the connection without an answer.")
            waiter?.resume(returning: .failure(error))
        }
    }
}
