import Glibc

/// The processor time of this process, which other work on the machine does not lengthen.
enum ProcessorTime {
    static var now: Duration {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return .zero }
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// What has passed since then.
    static func since(_ start: Duration) -> Duration { now - start }
}
