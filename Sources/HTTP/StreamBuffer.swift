internal import Synchronization

/// What has arrived of a stream and has not been read, and who waits for more.
///
/// The rules, without a thread: each method says what is to be resumed, and the caller does it outside of the lock.
struct StreamBufferState {
    typealias HeadAnswer = Result<ResponseHead, TransportError>
    typealias HeadWaiter = CheckedContinuation<HeadAnswer, Never>
    typealias ReadAnswer = Result<[UInt8]?, TransportError>
    typealias Reader = CheckedContinuation<ReadAnswer, Never>

    private enum End {
        case whole
        case failed(TransportError)
    }

    private var headWaiter: HeadWaiter?
    private var reader: Reader?
    private var bytes: [UInt8] = []
    private var end: End?

    mutating func expectHead(_ waiter: HeadWaiter) { headWaiter = waiter }

    mutating func takeHeadWaiter() -> HeadWaiter? {
        defer { headWaiter = nil }
        return headWaiter
    }

    /// What can be read now; nil = nothing yet.
    mutating func take() -> ReadAnswer? {
        if !bytes.isEmpty {
            let taken = bytes
            bytes = []
            return .success(taken)
        }
        switch end {
        case .whole: return .success(nil)
        case .failed(let error): return .failure(error)
        case nil: return nil
        }
    }

    /// Reads, or keeps the reader until there is something; an answer is for the reader at once.
    mutating func take(or newReader: Reader) -> ReadAnswer? {
        if let answer = take() { return answer }
        guard reader == nil else {
            return .failure(TransportError(.unusable, "Two tasks read the same stream; only one may."))
        }
        reader = newReader
        return nil
    }

    /// Adds bytes; false when more would wait than the limit allows.
    mutating func add(_ new: [UInt8], limit: Int) -> (fits: Bool, resume: (Reader, ReadAnswer)?) {
        guard bytes.count + new.count <= limit else { return (false, nil) }
        if bytes.isEmpty { bytes = new } else { bytes += new }
        return (true, wakeReader())
    }

    mutating func finish(_ error: TransportError?) -> (Reader, ReadAnswer)? {
        if end == nil { end = error.map(End.failed) ?? .whole }
        return wakeReader()
    }

    private mutating func wakeReader() -> (Reader, ReadAnswer)? {
        guard let waiting = reader, let answer = take() else { return nil }
        reader = nil
        return (waiting, answer)
    }
}

/// The shell around ``StreamBufferState``: between the loop's thread and the task that reads.
final class StreamBuffer: TransferSink {
    private let state = Mutex(StreamBufferState())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func expectHead(_ waiter: StreamBufferState.HeadWaiter) {
        state.withLock { $0.expectHead(waiter) }
    }

    func receive(head: ResponseHead) {
        state.withLock { $0.takeHeadWaiter() }?.resume(returning: .success(head))
    }

    func receive(bytes: [UInt8]) -> Bool {
        let (fits, resume) = state.withLock { $0.add(bytes, limit: limit) }
        if let (reader, answer) = resume { reader.resume(returning: answer) }
        return fits
    }

    func finish(_ error: TransportError?) {
        let (headWaiter, resume) = state.withLock { ($0.takeHeadWaiter(), $0.finish(error)) }
        let early = error ?? TransportError(.connectionLost, "The server closed the connection without an answer.")
        headWaiter?.resume(returning: .failure(early))
        if let (reader, answer) = resume { reader.resume(returning: answer) }
    }

    /// The next bytes, nil at the end; whoever cancels the transfer ends the waiting.
    func next() async -> StreamBufferState.ReadAnswer {
        if let ready = state.withLock({ $0.take() }) { return ready }
        return await withCheckedContinuation { reader in
            if let ready = state.withLock({ $0.take(or: reader) }) { reader.resume(returning: ready) }
        }
    }
}
