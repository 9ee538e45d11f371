internal import Synchronization

/// The thread that carries out transfers, and the mailbox through which tasks talk to it.
final class TransferLoop: Sendable {
    private enum Command: Sendable {
        case start(Transfer)
        case cancel(UInt64)
        case limitSilence(UInt64, Duration?)
    }

    private struct Mailbox {
        var commands: [Command] = []
        var isStopping = false
        /// The thread is gone, or never came; libcurl is closed.
        var hasEnded = false
        var nextID: UInt64 = 1
        var endWaiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let mailbox = Mutex(Mailbox())
    private let multi: CurlMulti?
    private let options: HTTPOptions
    /// How many transfers may be under way; nil = all of them.
    private let limit: Int?

    private init(_ options: HTTPOptions, limit: Int?) {
        self.options = options
        self.limit = limit
        multi = CurlMulti()
    }

    /// A loop with its thread running; where the system gives none, every transfer fails.
    static func start(_ options: HTTPOptions, limit: Int?) -> TransferLoop {
        let loop = TransferLoop(options, limit: limit)
        if loop.multi == nil || !BlockingThread.start({ loop.run() }) { loop.end() }
        return loop
    }

    func newID() -> UInt64 {
        mailbox.withLock { mailbox in
            defer { mailbox.nextID += 1 }
            return mailbox.nextID
        }
    }

    func submit(_ transfer: Transfer) {
        if !post(.start(transfer)) { transfer.sink.finish(.shutDown) }
    }

    /// Ends a transfer with ``TransportError/Kind/cancelled``; does nothing when it has ended.
    func cancel(_ id: UInt64) { _ = post(.cancel(id)) }

    func limitSilence(of id: UInt64, to time: Duration?) { _ = post(.limitSilence(id, time)) }

    /// Ends all transfers and then the thread; further ones fail at once.
    func shutDown() {
        mailbox.withLock { mailbox in
            guard !mailbox.hasEnded else { return }
            mailbox.isStopping = true
            multi?.wake()
        }
    }

    /// Returns when the thread has ended, or the waiting task is cancelled.
    func waitForEnd() async {
        let id = newID()
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isOver = mailbox.withLock { mailbox in
                    if mailbox.hasEnded || Task.isCancelled { return true }
                    mailbox.endWaiters[id] = waiter
                    return false
                }
                if isOver { waiter.resume() }
            }
        } onCancel: {
            mailbox.withLock { $0.endWaiters.removeValue(forKey: id) }?.resume()
        }
    }

    /// False when the loop takes nothing any more.
    ///
    /// The wake-up is under the lock so that libcurl is still open.
    private func post(_ command: Command) -> Bool {
        mailbox.withLock { mailbox in
            guard !mailbox.isStopping, !mailbox.hasEnded else { return false }
            mailbox.commands.append(command)
            if mailbox.commands.count == 1 { multi?.wake() }
            return true
        }
    }

    private func end() {
        let waiters = mailbox.withLock { mailbox in
            mailbox.hasEnded = true
            defer { mailbox.endWaiters = [:] }
            return mailbox.endWaiters.values
        }
        for waiter in waiters { waiter.resume() }
    }
}

// MARK: - On the thread

extension TransferLoop {
    /// The thread's whole life.
    func run() {
        guard let multi else { return end() }
        var running = RunningTransfers(multi: multi, options: options, limit: limit)
        while true {
            let (commands, isStopping) = mailbox.withLock { mailbox in
                defer { mailbox.commands = [] }
                return (mailbox.commands, mailbox.isStopping)
            }
            for command in commands {
                switch command {
                case .start(let transfer): running.start(transfer)
                case .cancel(let id): running.end(id, .cancelled)
                case .limitSilence(let id, let time): running.limitSilence(of: id, to: time)
                }
            }
            if isStopping { break }
            multi.wait(atMost: running.advance())
        }
        running.endAll(.shutDown)
        mailbox.withLock { mailbox in
            mailbox.hasEnded = true
            multi.close()
        }
        end()
    }
}
