import Glibc

@testable import FuzzTargets

/// What libFuzzer calls with each input; the environment variable FUZZ_TARGET names the target.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    // A trap is how libFuzzer is told of a finding: it then keeps the input.
    do { try chosenTarget.check(bytes) } catch { fatalError("\(chosenTarget.rawValue): \(error)") }
    return 0
}

private let chosenTarget: FuzzTarget = {
    let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        // Only scripts/fuzz starts this program; libFuzzer gives an entry point no other way to fail.
        fatalError("Set FUZZ_TARGET to one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    return target
}()
