extension OperationReport {
    /// Percent of a count, at most 99: only success is 100.
    static func percent(_ done: Int, of all: Int) -> Int { all <= 0 ? 0 : max(0, min(99, done * 100 / all)) }
}
