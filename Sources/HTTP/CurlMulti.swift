internal import CCurl

// One of the two files that touch libcurl.

/// libcurl's multi handle: many transfers on one thread.
///
/// Everything but ``wake()`` belongs to the loop's thread.
// Sound because libcurl allows curl_multi_wakeup from any thread, and the loop calls it under the lock that also guards
// the closing; nothing else leaves the loop's thread.
@safe final class CurlMulti: @unchecked Sendable {
    private let multi: UnsafeMutableRawPointer
    /// Handles of ended transfers, kept because making one costs more than resetting it.
    private var spare: [UnsafeMutableRawPointer] = unsafe []
    private static let sparesKept = 16

    /// Whether libcurl could be set up, once in this process.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Nil when the system has no memory or sockets left.
    init?() {
        guard Self.isReady, let multi = unsafe curl_multi_init() else { return nil }
        unsafe self.multi = unsafe multi
        // Each stream over HTTP/1.1 takes a connection of its own, so the pool must not be sized by the requests.
        _ = unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 256)
        _ = unsafe ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
    }

    /// Ends the waiting in ``wait(atMost:)``.
    func wake() { _ = unsafe curl_multi_wakeup(multi) }

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

    /// Moves all transfers on as far as possible without waiting.
    func perform() {
        var running: Int32 = 0
        _ = unsafe curl_multi_perform(multi, &running)
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

    /// Waits for the network, for ``wake()`` or for so many milliseconds.
    func wait(atMost milliseconds: Int32) {
        _ = unsafe curl_multi_poll(multi, nil, 0, milliseconds, nil)
    }

    /// Closes all connections; nothing may be called afterwards.
    func close() {
        while let handle = unsafe spare.popLast() { unsafe curl_easy_cleanup(handle) }
        _ = unsafe curl_multi_cleanup(multi)
    }
}
