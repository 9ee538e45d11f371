import Foundation
import TestPrograms

/// A library that makes a program's wall clock wrong, compiled for the test.
struct ClockSkew {
    private let library: String

    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdlib.h>
        #include <time.h>

        int clock_gettime(clockid_t clock, struct timespec *time) {
            static int (*real)(clockid_t, struct timespec *);
            static long skew;
            if (!real) {
                const char *asked = getenv("CLOCK_SKEW_SECONDS");
                skew = asked ? atol(asked) : 0;
                real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
            }
            int result = real(clock, time);
            if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += skew;
            return result;
        }
        """

    init(in folder: TemporaryFolder) async throws {
        library = folder.path("skew.so")
        let file = folder.path("skew.c")
        try Self.source.write(toFile: file, atomically: true, encoding: .utf8)
        try await ChildProcess(
            URL(filePath: "/usr/bin/env"),
            ["clang", "-shared", "-fPIC", "-o", library, file, "-ldl"]
        ).finishWell()
    }

    /// The environment of a program whose clock is so much ahead.
    func environment(ahead seconds: Int) -> [String: String] {
        ["LD_PRELOAD": library, "CLOCK_SKEW_SECONDS": "\(seconds)"]
    }
}
