internal import CCurl
internal import Glibc

// One of the two files that touch libcurl.

/// libcurl's multi handle: many transfers on one thread.
///
/// Everything but ``wake()`` belongs to the loop's thread; that one raises an eventfd, under the lock that also guards the
/// closing.
@safe
final class CurlMulti: @unchecked Sendable {  // Sound because nothing but wake() leaves the loop's thread.
    private let multi: UnsafeMutableRawPointer
    private let wakeUps: Int32
    /// The end of ``wake()`` and the sockets that libcurl waits for, as it has told; so a turn costs one system call and
    /// touches only the transfers whose sockets have something to say.
    private var polled: [pollfd]
    /// When libcurl wants its turn even if no socket says anything.
    private var due: ContinuousClock.Instant?
    /// Handles of ended transfers, kept because making one costs more than resetting it.
    private var spare: [UnsafeMutableRawPointer] = unsafe []
    private static let sparesKept = 16

    /// Whether libcurl could be set up, once in this process.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Nil when the system has no memory or sockets left.
    init?() {
        guard Self.isReady, let multi = unsafe curl_multi_init() else { return nil }
        wakeUps = ccurl_signal_create()
        unsafe self.multi = unsafe multi
        polled = [pollfd(fd: wakeUps, events: Int16(POLLIN), revents: 0)]
        guard wakeUps >= 0, tellSockets() == CURLM_OK else {
            close()
            return nil
        }
        // Each stream over HTTP/1.1 takes a connection of its own, so the pool must not be sized by the requests.
        _ = unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 256)
        _ = unsafe ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
    }

    private func tellSockets() -> CURLMcode {
        // libcurl calls back only inside of calls on this object.
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        return unsafe ccurl_multi_set_callbacks(multi, socketChanged, timerChanged, context)
    }

    /// Ends the waiting in ``wait(atMost:)``.
    func wake() { ccurl_signal_raise(wakeUps) }

    /// Begins a transfer; the caller keeps the result until it is removed.
    func start(_ transfer: Transfer, _ options: HTTPOptions) throws(TransportError) -> CurlEasy {
        guard let handle = unsafe spare.popLast() ?? curl_easy_init() else {
            throw TransportError(.unusable, "There is no memory left for a request.")
        }
        let now = ContinuousClock.now
        let easy = unsafe CurlEasy(transfer, handle: handle, now: now)
        do throws(TransportError) {
            try easy.configure(options, now: now)
        } catch {
            recycle(easy)
            throw error
        }
        guard unsafe curl_multi_add_handle(multi, handle) == CURLM_OK else {
            recycle(easy)
            throw TransportError(.unusable, "libcurl cannot take a further request.")
        }
        return easy
    }

    /// Takes a transfer out, whatever its state; the connection is closed unless the transfer had ended well.
    func remove(_ easy: CurlEasy) {
        _ = unsafe curl_multi_remove_handle(multi, easy.handle)
        recycle(easy)
    }

    private func recycle(_ easy: CurlEasy) {
        unsafe curl_easy_reset(easy.handle)
        // After a host name that was not found, libcurl 7.88 keeps a handle's buffer and refuses its size for ever.
        let isReusable = unsafe ccurl_set_long(easy.handle, CURLOPT_BUFFERSIZE, CurlEasy.bufferSize) == CURLE_OK
        if isReusable, unsafe spare.count < Self.sparesKept {
            unsafe spare.append(easy.handle)
        } else {
            unsafe curl_easy_cleanup(easy.handle)
        }
    }

    /// Moves on, without waiting, the transfers for which something was due when ``wait(atMost:)`` returned.
    func perform() {
        for socket in polled where socket.revents != 0 && socket.fd != wakeUps { act(on: socket.fd, socket.revents) }
        if let due, due <= .now {
            self.due = nil
            act(on: CURL_SOCKET_TIMEOUT, 0)
        }
    }

    private func act(on socket: Int32, _ events: Int16) {
        var mask: Int32 = 0
        if events & Int16(POLLIN | POLLHUP) != 0 { mask |= CURL_CSELECT_IN }
        if events & Int16(POLLOUT) != 0 { mask |= CURL_CSELECT_OUT }
        if events & Int16(POLLERR | POLLNVAL) != 0 { mask |= CURL_CSELECT_ERR }
        var running: Int32 = 0
        _ = unsafe curl_multi_socket_action(multi, socket, mask, &running)
    }

    fileprivate func waitFor(_ socket: Int32, _ what: Int32) {
        let place = polled.firstIndex { $0.fd == socket }
        guard what != CURL_POLL_REMOVE else {
            if let place { polled.remove(at: place) }
            return
        }
        var events: Int16 = 0
        if what & CURL_POLL_IN != 0 { events |= Int16(POLLIN) }
        if what & CURL_POLL_OUT != 0 { events |= Int16(POLLOUT) }
        if let place {
            polled[place].events = events
        } else {
            polled.append(pollfd(fd: socket, events: events, revents: 0))
        }
    }

    fileprivate func giveTurn(after milliseconds: Int) {
        due = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
    }

    /// The transfers that have ended since the last call, each with its error.
    func ended() -> [(easy: CurlEasy, error: TransportError?)] {
        var ended: [(easy: CurlEasy, error: TransportError?)] = []
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE,
                let context = unsafe ccurl_get_context(message.pointee.easy_handle)
            else { continue }
            // The loop keeps each transfer that it has added and not removed.
            let easy = unsafe Unmanaged<CurlEasy>.fromOpaque(context).takeUnretainedValue()
            ended.append((easy, easy.error(for: unsafe ccurl_message_result(message))))
        }
        return ended
    }

    /// Waits for the network, for ``wake()``, for libcurl's own time or for so many milliseconds.
    func wait(atMost milliseconds: Int32) {
        var timeout = milliseconds
        if let due {
            let (seconds, attoseconds) = ContinuousClock.now.duration(to: due).components
            // Rounded up: a turn that comes too early is a turn for nothing.
            let left = seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
            timeout = Int32(clamping: max(0, min(Int64(timeout), left)))
        }
        let count = unsafe polled.withUnsafeMutableBufferPointer { sockets in
            unsafe poll(sockets.baseAddress, nfds_t(sockets.count), timeout)
        }
        if count < 0 { for index in polled.indices { polled[index].revents = 0 } }
        if polled[0].revents != 0 { ccurl_signal_lower(wakeUps) }
    }

    /// Closes all connections; nothing may be called afterwards.
    func close() {
        while let handle = unsafe spare.popLast() { unsafe curl_easy_cleanup(handle) }
        _ = unsafe curl_multi_cleanup(multi)
        if wakeUps >= 0 { _ = Glibc.close(wakeUps) }
    }
}

// MARK: - Callbacks

private func multi(_ context: UnsafeMutableRawPointer?) -> CurlMulti? {
    guard let context = unsafe context else { return nil }
    return unsafe Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue()
}

private let socketChanged: curl_socket_callback = { _, socket, what, context, _ in
    unsafe multi(context)?.waitFor(socket, what)
    return 0
}

private let timerChanged: curl_multi_timer_callback = { _, milliseconds, context in
    unsafe multi(context)?.giveTurn(after: milliseconds)
    return 0
}
