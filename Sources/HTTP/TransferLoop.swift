internal import Synchronization

/// The thread that carries out transfers, and the mailbox through which tasks talk to it.
///
/// It is an executor too: tasks that prefer it run on this thread between two looks at the network, so that neither
/// sending a request nor taking its answer wakes another thread.
final class TransferLoop: TaskExecutor {
    private enum Command: Sendable {
        case start(Transfer)
        case cancel(UInt64)
        case limitSilence(UInt64, Duration?)
    }

    private struct Mailbox {
        var commands: [Command] = []
        var jobs: [UnownedJob] = []
        /// The thread waits for the network, and sees the mailbox only when it is woken.
        var isAsleep = false
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
            wake(&mailbox)
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
            wake(&mailbox)
            return true
        }
    }

    private func wake(_ mailbox: inout Mailbox) {
        guard mailbox.isAsleep else { return }
        mailbox.isAsleep = false
        multi?.wake()
    }

    /// Runs a part of a task; on the system's threads once this one has ended.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isTaken = mailbox.withLock { mailbox in
            guard !mailbox.hasEnded else { return false }
            mailbox.jobs.append(job)
            wake(&mailbox)
            return true
        }
        if !isTaken { globalConcurrentExecutor.enqueue(job) }
    }

    private func end() {
        let (waiters, jobs) = mailbox.withLock { mailbox in
            mailbox.hasEnded = true
            defer {
                mailbox.endWaiters = [:]
                mailbox.jobs = []
            }
            return (mailbox.endWaiters.values, mailbox.jobs)
        }
        for waiter in waiters { waiter.resume() }
        for job in jobs { globalConcurrentExecutor.enqueue(job) }
    }
}

// MARK: - On the thread

extension TransferLoop {
    /// The thread's whole life.
    func run() {
        guard let multi else { return end() }
        var running = RunningTransfers(multi: multi, options: options, limit: limit)
        while !doWhatHasCome(&running) {
            let wait = running.advance()
            // What the network brought may have given tasks something to do.
            let isIdle = mailbox.withLock { mailbox in
                mailbox.isAsleep = mailbox.commands.isEmpty && mailbox.jobs.isEmpty && !mailbox.isStopping
                return mailbox.isAsleep
            }
            multi.wait(atMost: isIdle ? wait : 0)
            mailbox.withLock { $0.isAsleep = false }
        }
        running.endAll(.shutDown)
        mailbox.withLock { mailbox in
            mailbox.hasEnded = true
            multi.close()
        }
        end()
    }

    /// Empties the mailbox, also of what comes in meanwhile, though the network has its turn now and then; true when the
    /// thread is to end.
    private func doWhatHasCome(_ running: inout RunningTransfers) -> Bool {
        for _ in 0..<Self.mostRounds {
            let (commands, jobs, isStopping) = mailbox.withLock { mailbox in
                defer {
                    mailbox.commands = []
                    mailbox.jobs = []
                }
                return (mailbox.commands, mailbox.jobs, mailbox.isStopping)
            }
            for command in commands {
                switch command {
                case .start(let transfer): running.start(transfer)
                case .cancel(let id): running.end(id, .cancelled)
                case .limitSilence(let id, let time): running.limitSilence(of: id, to: time)
                }
            }
            let executor = unsafe asUnownedTaskExecutor()
            for job in jobs { unsafe job.runSynchronously(on: executor) }
            if isStopping { return true }
            if jobs.isEmpty { return false }
        }
        return false
    }

    private static let mostRounds = 16
}
