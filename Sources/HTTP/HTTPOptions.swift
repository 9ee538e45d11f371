/// How a client reaches its server.
package struct HTTPOptions: Sendable {
    package var tls = TLSOptions()
    /// The proxy's URL; nil = as the environment says (`https_proxy`, `no_proxy`), and none for loopback addresses.
    package var proxy: String?
    /// The time for the name look-up, the TCP and the TLS handshake together.
    package var connectTimeout: Duration = .seconds(10)
    /// How many whole requests (`send`) may be under way at once; streams do not count.
    package var requestsInFlight = 8
    /// The longest body that `send` takes, in bytes.
    package var bodyLimit = 256 << 20
    /// How many bytes of a stream may wait for their reader before the stream fails.
    package var streamBufferLimit = 64 << 20

    package init() {}
}

/// Bytes given in the configuration, or a file that is read again at each new connection.
package enum TLSMaterial: Sendable, Hashable {
    case pem([UInt8])
    case file(String)
}

/// A client certificate and its key, both PEM.
package struct TLSIdentity: Sendable, Hashable {
    package var certificate: TLSMaterial
    package var key: TLSMaterial

    package init(certificate: TLSMaterial, key: TLSMaterial) {
        self.certificate = certificate
        self.key = key
    }
}

/// Whom to trust and who to be.
package struct TLSOptions: Sendable {
    /// The only authorities trusted; nil = those of the system.
    package var authorities: TLSMaterial?
    package var identity: TLSIdentity?
    /// The name that the server's certificate must have and that is sent as SNI; nil = the URL's host.
    package var serverName: String?
    /// Takes any certificate; for trials only.
    package var isInsecure = false

    package init() {}
}
