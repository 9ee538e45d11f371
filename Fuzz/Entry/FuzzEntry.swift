import Glibc

@testable import FuzzTargets

/// What libFuzzer calls with each input; the environment variable FUZZ_TARGET names the target.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    do { try chosenTarget.check(bytes) } catch { stop("\(chosenTarget.rawValue): \(error)") }
    return 0
}

private let chosenTarget: FuzzTarget = {
    let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        stop("Set FUZZ_TARGET to one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    return target
}()

/// Ends the process by a signal: so libFuzzer is told of a finding, keeps the input and shows the stack.
private func stop(_ why: String) -> Never {
    let words = Array("\(why)\n".utf8)
    _ = unsafe write(STDERR_FILENO, words, words.count)
    abort()
}
