/// Base64 as RFC 4648 has it: in kubeconfigs, in Secrets, and in the tokens of paged lists.
package enum Base64 {
    private static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlSafe = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// What stands at that byte and is no Base64.
    package struct Illegal: Error {
        /// Counted from 0.
        package let position: Int
    }

    /// With padding, in the standard alphabet.
    package static func encode(_ bytes: some Collection<UInt8>) -> String { encode(bytes, standard, isPadded: true) }

    /// Without padding, in the alphabet for URLs.
    package static func encodeURL(_ bytes: some Collection<UInt8>) -> String { encode(bytes, urlSafe, isPadded: false) }

    /// Reads what ``encode(_:)`` wrote; padding is required, line breaks in it are no fault.
    package static func decode(_ text: String) throws(Illegal) -> [UInt8] {
        let bytes = Array(text.utf8).filter { $0 != 0x0A && $0 != 0x0D }
        guard bytes.count.isMultiple(of: 4) else { throw Illegal(position: bytes.count) }
        var count = bytes.count
        while count > 0, bytes.count - count < 2, bytes[count - 1] == UInt8(ascii: "=") { count -= 1 }
        return try decode(bytes[..<count], standard)
    }

    /// Reads what ``encodeURL(_:)`` wrote.
    package static func decodeURL(_ text: String) throws(Illegal) -> [UInt8] {
        try decode(Array(text.utf8)[...], urlSafe)
    }

    private static func encode(_ bytes: some Collection<UInt8>, _ alphabet: [UInt8], isPadded: Bool) -> String {
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        while isPadded, !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }

    private static func decode(_ text: ArraySlice<UInt8>, _ alphabet: [UInt8]) throws(Illegal) -> [UInt8] {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for (position, character) in text.enumerated() {
            guard let value = alphabet.firstIndex(of: character) else { throw Illegal(position: position) }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        guard text.count % 4 != 1 else { throw Illegal(position: text.count - 1) }
        return bytes
    }
}
