internal import Glibc

/// A thread for work that blocks, which the threads of tasks must not do.
package enum BlockingThread {
    private final class Work: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts the work with all signals blocked; false when the system gives no thread, and nothing is done then.
    package static func start(_ work: @escaping @Sendable () -> Void) -> Bool {
        // The thread takes this reference over.
        let context = unsafe Unmanaged.passRetained(Work(work))
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { context in
                // A write to a connection that the peer has closed must be an error here, not the end of the process;
                // and the other signals are for the threads that wait for them.
                var all = sigset_t()
                _ = unsafe sigfillset(&all)
                _ = unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
                if let context = unsafe context {
                    unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
                }
                return nil
            },
            context.toOpaque()
        )
        guard code == 0 else {
            unsafe context.release()
            return false
        }
        _ = pthread_detach(thread)
        return true
    }
}
