/// The transfers of one loop: those under way and those that wait for their turn.
///
/// On the loop's thread alone.
struct RunningTransfers {
    private let multi: CurlMulti
    private let options: HTTPOptions
    private let limit: Int
    private var active: [UInt64: CurlEasy] = [:]
    /// In the order in which they are due.
    private var waiting: [Transfer] = []

    init(multi: CurlMulti, options: HTTPOptions, limit: Int?) {
        self.multi = multi
        self.options = options
        self.limit = limit ?? .max
    }

    mutating func start(_ transfer: Transfer) {
        // Most are due after all that wait already, so the search begins at the end.
        let place = waiting.lastIndex { $0.due <= transfer.due }.map { $0 + 1 } ?? 0
        waiting.insert(transfer, at: place)
        startWaiting()
    }

    private mutating func startWaiting() {
        guard !waiting.isEmpty else { return }
        let now = ContinuousClock.now
        while active.count < limit, let transfer = waiting.first, transfer.due <= now {
            waiting.removeFirst()
            do throws(TransportError) {
                active[transfer.id] = try multi.start(transfer, options)
            } catch {
                transfer.sink.finish(error)
            }
        }
    }

    mutating func limitSilence(of id: UInt64, to time: Duration?) {
        active[id]?.idleTimeout = time
    }

    /// Ends a transfer before its time; an unknown one has ended already.
    mutating func end(_ id: UInt64, _ error: TransportError) {
        if let easy = active.removeValue(forKey: id) {
            multi.remove(easy)
            easy.transfer.sink.finish(error)
            startWaiting()
        } else if let place = waiting.firstIndex(where: { $0.id == id }) {
            waiting.remove(at: place).sink.finish(error)
        }
    }

    mutating func endAll(_ error: TransportError) {
        for transfer in waiting { transfer.sink.finish(error) }
        waiting = []
        for easy in active.values {
            multi.remove(easy)
            easy.transfer.sink.finish(error)
        }
        active = [:]
    }

    /// Moves everything on; says for how many milliseconds nothing will be due but the network.
    mutating func advance() -> Int32 {
        startWaiting()
        multi.perform()
        deliverNews()
        for (easy, error) in multi.ended() { finish(easy, error) }
        return endSilent()
    }

    private mutating func finish(_ easy: CurlEasy, _ error: TransportError?) {
        active.removeValue(forKey: easy.transfer.id)
        let sink = easy.transfer.sink
        if error == nil {
            easy.deliverHead()
            if !easy.body.isEmpty { _ = sink.receive(bytes: easy.body) }
        }
        multi.remove(easy)
        sink.finish(error)
        startWaiting()
    }

    /// Hands what has arrived of streams to their readers.
    private mutating func deliverNews() {
        let now = ContinuousClock.now
        for (id, easy) in active where easy.transfer.isStream && easy.hasNews {
            easy.lastReceived = now
            easy.deliverHead()
            let bytes = easy.takeBody()
            if !bytes.isEmpty, !easy.transfer.sink.receive(bytes: bytes) {
                end(id, .streamOverflow(easy.transfer.endpoint.server, limit: options.streamBufferLimit))
            }
        }
    }

    /// Ends the transfers that have been silent for too long; the time until the next one would be, or until one that
    /// waits is due, in milliseconds.
    private mutating func endSilent() -> Int32 {
        let now = ContinuousClock.now
        var next = Duration.seconds(600)
        // While all connections are in use, the end of a transfer is what those who wait need.
        if active.count < limit, let first = waiting.first { next = min(next, max(.zero, now.duration(to: first.due))) }
        for (id, easy) in active {
            guard let limit = easy.idleTimeout else { continue }
            let left = limit - easy.lastReceived.duration(to: now)
            if left <= .zero {
                end(id, .silent(easy.transfer.endpoint.server, for: limit))
            } else {
                next = min(next, left)
            }
        }
        let (seconds, attoseconds) = next.components
        return Int32(seconds * 1000 + attoseconds / 1_000_000_000_000_000) + 1
    }
}
