import Glibc

/// Strings compared as JSON and Kubernetes compare them: byte by byte of their UTF-8.
///
/// Swift's own `==` and `<` go by canonical equivalence, to which "é" written as one and as two scalars is the same
/// text; for Go, etcd and so for the API server these are two different names.
enum ByteOrder {
    /// Less than, equal to or greater than zero, as `memcmp` says it.
    static func compare(_ left: String, _ right: String) -> Int {
        let direct = unsafe left.utf8.withContiguousStorageIfAvailable { leftBytes in
            unsafe right.utf8.withContiguousStorageIfAvailable { rightBytes in
                unsafe compare(UnsafeRawBufferPointer(leftBytes), UnsafeRawBufferPointer(rightBytes))
            }
        }
        if case .some(.some(let order)) = direct { return order }
        if left.utf8.elementsEqual(right.utf8) { return 0 }
        return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    }

    static func areEqual(_ left: String, _ right: String) -> Bool { compare(left, right) == 0 }

    static func precedes(_ left: String, _ right: String) -> Bool { compare(left, right) < 0 }

    static func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        let shared = min(left.count, right.count)
        if shared > 0, let leftStart = left.baseAddress, let rightStart = right.baseAddress {
            let order = unsafe memcmp(leftStart, rightStart, shared)
            if order != 0 { return Int(order) }
        }
        return left.count - right.count
    }
}
