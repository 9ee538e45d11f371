import Glibc

/// What every process tells about itself, under the names Prometheus' own libraries use.
package enum ProcessMetrics {
    /// Keeps `process_*` and `dbaas_build_info` of this process up to date in the registry.
    package static func register(in registry: PrometheusRegistry, version: String) {
        registry.describe("process_resident_memory_bytes", help: "Resident memory size in bytes.")
        registry.describe("process_cpu_seconds_total", help: "User and system CPU time spent in seconds.")
        registry.describe("process_open_fds", help: "Number of open file descriptors.")
        registry.describe("process_start_time_seconds", help: "Start time of the process since 1970 in seconds.")
        registry.describe("dbaas_build_info", help: "The version that runs; always 1.")
        registry.setGauge("dbaas_build_info", [("version", version)], to: 1)
        registry.setGauge("process_start_time_seconds", to: Double(time(nil)))
        registry.onCollect {
            if let pages = residentPages() {
                registry.setGauge("process_resident_memory_bytes", to: pages * Double(getpagesize()))
            }
            registry.setCounter("process_cpu_seconds_total", to: cpuSeconds())
            if let count = openFiles() { registry.setGauge("process_open_fds", to: Double(count)) }
        }
    }

    /// From /proc/self/statm, whose second number it is.
    private static func residentPages() -> Double? {
        let file = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe read(file, buffer.baseAddress, buffer.count)
        }
        guard count > 0 else { return nil }
        let fields = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? Double(fields[1]) : nil
    }

    private static func cpuSeconds() -> Double {
        var spent = timespec()
        guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent) == 0 else { return 0 }
        return Double(spent.tv_sec) + Double(spent.tv_nsec) * 1e-9
    }

    private static func openFiles() -> Int? {
        guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(directory) }
        var count = 0
        while unsafe readdir(directory) != nil { count += 1 }
        // Two for the directory and its parent, one for the descriptor of this very listing.
        return max(count - 3, 0)
    }
}
