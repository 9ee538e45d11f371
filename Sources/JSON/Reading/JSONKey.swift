import Glibc

/// The name of a field in a document that is being read.
///
/// `switch key { case "metadata": … default: break }` compares bytes and allocates nothing. Valid only inside of the
/// closure that got it.
@safe
package struct JSONKey {
    // simdjson's string buffer: 32 bits of length, then the bytes.
    @usableFromInline let start: UnsafePointer<UInt8>

    @inlinable
    init(start: UnsafePointer<UInt8>) { unsafe self.start = start }

    @inlinable var bytes: UnsafeRawBufferPointer {
        let memory = unsafe UnsafeRawPointer(start)
        let length = Int(unsafe memory.loadUnaligned(as: UInt32.self))
        return unsafe UnsafeRawBufferPointer(start: memory + 4, count: length)
    }

    /// The name as a string of its own.
    @inlinable package var string: String { unsafe String(decoding: bytes, as: UTF8.self) }

    /// Whether the name is exactly that one, byte for byte.
    @inlinable
    package static func ~= (name: StaticString, key: JSONKey) -> Bool {
        let bytes = unsafe key.bytes
        guard bytes.count == name.utf8CodeUnitCount, name.hasPointerRepresentation else { return false }
        guard let start = bytes.baseAddress else { return true }
        return unsafe sameBytes(start, name.utf8Start, bytes.count)
    }

    /// Whether the name is that one, byte for byte.
    package func isSame(as name: String) -> Bool {
        let bytes = unsafe self.bytes
        guard bytes.count == name.utf8.count else { return false }
        return unsafe bytes.elementsEqual(name.utf8)
    }
}

/// Whether two places of memory hold the same bytes; not inlinable, since other modules must not need Glibc for it.
@usableFromInline
func sameBytes(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
    unsafe memcmp(left, right, count) == 0
}
