import Glibc

extension Program {
    /// User and system time so far, in seconds.
    func processorSeconds() throws(BenchmarkFailure) -> Double {
        guard let text = TextFile.read("/proc/\(identifier)/stat"), let ticks = ProcessStatistics.ticks(stat: text),
            isRunning
        else { throw ended }
        return Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Resident memory now.
    func memory() throws(BenchmarkFailure) -> ProcessMemory {
        guard let text = TextFile.read("/proc/\(identifier)/status"),
            let memory = ProcessStatistics.memory(status: text)
        else { throw ended }
        return memory
    }

    private var ended: BenchmarkFailure { BenchmarkFailure("process \(identifier) has ended: \(lastWords)") }
}

/// `perf stat` beside a process, which counts its instructions where the processor lets it.
struct InstructionCounter: Sendable {
    private static let event = "instructions"
    private let perf: Program
    private let file: String

    /// Nil where there is no perf.
    init?(of program: Program, folder: WorkFolder) {
        let file = folder.file("perf-\(program.identifier)")
        let arguments = ["stat", "-x,", "-e", "\(Self.event):u", "-o", file, "-p", "\(program.identifier)"]
        guard let perf = try? Program("perf", arguments, log: file + ".log") else { return nil }
        self.perf = perf
        self.file = file
    }

    /// The count; nil where the processor, or who runs it, does not give it.
    func finish() async -> Double? {
        await perf.stop(by: SIGINT)
        return TextFile.read(file).flatMap { ProcessStatistics.count(of: Self.event, perf: $0) }
    }
}
