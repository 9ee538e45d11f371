internal import CCurl

// One of the two files that touch libcurl; all pointers of a transfer stay in here.

/// A transfer under way: libcurl's easy handle with what it has received.
///
/// Lives on the loop's thread alone. libcurl's callbacks run inside of ``CurlMulti/perform()`` and only write down what
/// came; the loop looks at it afterwards.
@safe final class CurlEasy {
    /// How many bytes libcurl reads at once; each handle keeps so many.
    static let bufferSize = 16_384

    let transfer: Transfer
    /// Set when the head is complete.
    private(set) var head: ResponseHead?
    /// What has arrived of the body and has not been taken.
    private(set) var body: [UInt8] = []
    private var isHeadDelivered = false
    private(set) var isTooLong = false
    var idleTimeout: Duration?
    var lastReceived: ContinuousClock.Instant

    /// Owned by the loop's ``CurlMulti``, which gave it and takes it back.
    let handle: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var connectToList: UnsafeMutablePointer<curl_slist>?
    private var headLines: [UInt8] = []

    init(_ transfer: Transfer, handle: UnsafeMutableRawPointer, now: ContinuousClock.Instant) {
        self.transfer = transfer
        idleTimeout = transfer.request.idleTimeout
        lastReceived = now
        unsafe self.handle = unsafe handle
        unsafe errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        // The handle was reset before, so libcurl no longer reads these.
        unsafe errorText.deallocate()
        unsafe curl_slist_free_all(headerList)
        unsafe curl_slist_free_all(connectToList)
    }

    /// Whether something has arrived that has not been handed on.
    var hasNews: Bool { !body.isEmpty || (head != nil && !isHeadDelivered) }

    /// Hands the head to the sink, once.
    func deliverHead() {
        guard let head, !isHeadDelivered else { return }
        isHeadDelivered = true
        transfer.sink.receive(head: head)
    }

    func takeBody() -> [UInt8] {
        defer { body = [] }
        return body
    }

    fileprivate func receiveHeader(_ line: UnsafeRawBufferPointer) {
        // Fields after the body (trailers) say nothing that anyone here asks for.
        guard head == nil else { return }
        let isBlank = unsafe line.allSatisfy { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }
        if isBlank {
            finishHead()
        } else if unsafe line.starts(with: "HTTP/".utf8) {
            headLines = []
        } else {
            unsafe headLines.append(contentsOf: line)
        }
    }

    private func finishHead() {
        var status = 0
        _ = unsafe ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        // 1xx announces that the real head follows.
        if status >= 200 { head = ResponseHead(status: status, lines: headLines) }
    }

    fileprivate func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard transfer.isStream || body.count + bytes.count <= transfer.bodyLimit else {
            isTooLong = true
            return false
        }
        unsafe body.append(contentsOf: bytes)
        return true
    }
}

// MARK: - Options

extension CurlEasy {
    /// Sets every option; throws when libcurl does not take one of them.
    func configure(_ options: HTTPOptions, now: ContinuousClock.Instant) throws(TransportError) {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        try unsafe set(CURLOPT_PRIVATE, pointer: context)
        try unsafe set(CURLOPT_ERRORBUFFER, pointer: errorText)
        try check(unsafe ccurl_set_data_callback(handle, CURLOPT_HEADERFUNCTION, headerArrived))
        try unsafe set(CURLOPT_HEADERDATA, pointer: context)
        try check(unsafe ccurl_set_data_callback(handle, CURLOPT_WRITEFUNCTION, bodyArrived))
        try unsafe set(CURLOPT_WRITEDATA, pointer: context)
        try check(unsafe ccurl_set_socket_preparation(handle))
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_BUFFERSIZE, Self.bufferSize)
        try set(CURLOPT_URL, transfer.endpoint.url)
        // Dots in a path are the server's to judge: resolved here they could lead to another object.
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try setConnection(options)
        try setTimes(options, now: now)
        try setRequest()
        if transfer.endpoint.isTLS { try setTLS(options.tls) }
    }

    private func setConnection(_ options: HTTPOptions) throws(TransportError) {
        let isMultiplexed = transfer.isStream && transfer.endpoint.isTLS
        let version = isMultiplexed ? Int(CURL_HTTP_VERSION_2TLS) : Int(CURL_HTTP_VERSION_1_1)
        try set(CURLOPT_HTTP_VERSION, version)
        // Streams opened together wait for the first one's handshake and then share its connection.
        try set(CURLOPT_PIPEWAIT, isMultiplexed ? 1 : 0)
        if let proxy = options.proxy {
            try set(CURLOPT_PROXY, proxy)
        } else if transfer.endpoint.isLoopback {
            try set(CURLOPT_PROXY, "")
        }
        if let connectTo = transfer.endpoint.connectTo {
            unsafe connectToList = curl_slist_append(nil, "::" + connectTo)
            try check(unsafe ccurl_set_list(handle, CURLOPT_CONNECT_TO, connectToList))
        }
    }

    private func setTimes(_ options: HTTPOptions, now: ContinuousClock.Instant) throws(TransportError) {
        try set(CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeout.wholeMilliseconds)
        guard let timeout = transfer.request.timeout else { return }
        let left = timeout - transfer.due.duration(to: now)
        guard left > .zero else {
            throw TransportError(
                .timedOut,
                "The request to \(transfer.endpoint.server) waited \(timeout) for a free connection and was given up."
            )
        }
        try set(CURLOPT_TIMEOUT_MS, left.wholeMilliseconds)
    }

    private func setRequest() throws(TransportError) {
        let request = transfer.request
        switch (request.method, request.body) {
        case ("GET", nil): try set(CURLOPT_HTTPGET, 1)
        case ("HEAD", nil): try set(CURLOPT_NOBODY, 1)
        default: try set(CURLOPT_CUSTOMREQUEST, request.method)
        }
        if let body = request.body {
            // The size first: with it libcurl copies so many bytes, and does not look for a terminating zero.
            try check(unsafe ccurl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
            let code = unsafe body.withUnsafeBytes { bytes in
                unsafe ccurl_set_string(
                    handle,
                    CURLOPT_COPYPOSTFIELDS,
                    bytes.baseAddress?.assumingMemoryBound(to: CChar.self) ?? UnsafePointer(errorText)
                )
            }
            try check(code)
        }
        var lines = request.headers.map { "\($0.name): \($0.value)" }
        if let host = transfer.endpoint.hostField { lines.append("Host: \(host)") }
        // Without this libcurl asks for permission before a large body, and loses a round trip.
        lines.append("Expect:")
        if request.headers["Accept"] == nil { lines.append("Accept: */*") }
        for line in lines {
            guard let longer = unsafe curl_slist_append(headerList, line) else { throw outOfMemory }
            unsafe headerList = unsafe longer
        }
        try check(unsafe ccurl_set_list(handle, CURLOPT_HTTPHEADER, headerList))
    }

    private func setTLS(_ tls: TLSOptions) throws(TransportError) {
        try set(CURLOPT_SSL_VERIFYPEER, tls.isInsecure ? 0 : 1)
        try set(CURLOPT_SSL_VERIFYHOST, tls.isInsecure ? 0 : 2)
        if let authorities = tls.authorities {
            // Else the system's folder of authorities would be trusted besides.
            try check(unsafe ccurl_set_string(handle, CURLOPT_CAPATH, nil))
            try set(authorities, blob: CURLOPT_CAINFO_BLOB, file: CURLOPT_CAINFO)
        }
        if let identity = transfer.request.identity ?? tls.identity {
            try set(identity.certificate, blob: CURLOPT_SSLCERT_BLOB, file: CURLOPT_SSLCERT)
            try set(identity.key, blob: CURLOPT_SSLKEY_BLOB, file: CURLOPT_SSLKEY)
        }
    }

    private func set(_ material: TLSMaterial, blob: CURLoption, file: CURLoption) throws(TransportError) {
        switch material {
        case .file(let path): try set(file, path)
        case .pem(let bytes):
            let code = unsafe bytes.withUnsafeBytes { bytes in
                unsafe ccurl_set_blob(handle, blob, bytes.baseAddress, bytes.count)
            }
            try check(code)
        }
    }

    private func set(_ option: CURLoption, _ value: Int) throws(TransportError) {
        try check(unsafe ccurl_set_long(handle, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(TransportError) {
        guard !value.utf8.contains(0) else {
            throw TransportError(.unusable, "A setting for the server's connection contains a zero byte.")
        }
        try check(unsafe ccurl_set_string(handle, option, value))
    }

    private func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) throws(TransportError) {
        try check(unsafe ccurl_set_pointer(handle, option, pointer))
    }

    private var outOfMemory: TransportError { TransportError(.unusable, "There is no memory left for a request.") }

    private func check(_ code: CURLcode) throws(TransportError) {
        guard code != CURLE_OK else { return }
        let reason = unsafe String(cString: curl_easy_strerror(code))
        throw TransportError(.unusable, "A request to \(transfer.endpoint.server) cannot be prepared: \(reason).")
    }
}

// MARK: - The end

extension CurlEasy {
    /// What libcurl's code for the end of this transfer means; nil = the answer is whole.
    func error(for code: CURLcode) -> TransportError? {
        guard code != CURLE_OK else { return nil }
        let server = transfer.endpoint.server
        if isTooLong { return .bodyTooLarge(server, limit: transfer.bodyLimit) }
        let written = unsafe String(cString: errorText)
        let detail = written.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : written
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR:
            return TransportError(.cannotConnect, "\(server) cannot be reached: \(detail).")
        case CURLE_OPERATION_TIMEDOUT:
            return TransportError(.timedOut, "\(server) did not answer in time: \(detail).")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            return TransportError(.untrusted, "No trusted connection to \(server) is possible: \(detail).")
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_OUT_OF_MEMORY:
            return TransportError(.unusable, "A request to \(server) cannot be sent: \(detail).")
        // With TLS 1.3 the server judges our certificate after the handshake, and says so by an alert.
        case CURLE_RECV_ERROR where detail.contains("alert"):
            return TransportError(.untrusted, "\(server) does not accept our client certificate: \(detail).")
        default:
            return TransportError(.connectionLost, "The connection to \(server) was lost: \(detail).")
        }
    }
}

extension Duration {
    /// At least 1, because libcurl takes 0 as "no limit".
    fileprivate var wholeMilliseconds: Int {
        let parts = components
        let milliseconds = min(parts.seconds, 1_000_000) * 1000 + parts.attoseconds / 1_000_000_000_000_000
        return max(1, Int(milliseconds))
    }
}

// MARK: - Callbacks

/// The transfer whose address libcurl was given; the loop keeps it alive as long as libcurl has it.
private func easy(_ context: UnsafeMutableRawPointer?) -> CurlEasy? {
    guard let context = unsafe context else { return nil }
    return unsafe Unmanaged<CurlEasy>.fromOpaque(context).takeUnretainedValue()
}

private let headerArrived: ccurl_data_callback = { bytes, size, count, context in
    let length = size * count
    guard let easy = unsafe easy(context) else { return 0 }
    unsafe easy.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: length))
    return length
}

private let bodyArrived: ccurl_data_callback = { bytes, size, count, context in
    let length = size * count
    guard let easy = unsafe easy(context) else { return 0 }
    let isTaken = unsafe easy.receiveBody(UnsafeRawBufferPointer(start: bytes, count: length))
    return isTaken ? length : 0
}
