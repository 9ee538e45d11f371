import TestPrograms
import Testing

/// The built binary, driven by kubectl.
///
/// One after the other: each starts servers of its own, and two cores are all there may be.
@Suite("End to end", .serialized, .enabled(if: Programs.areInstalled, "run scripts/setup-kubectl to run these"))
enum EndToEndTests {}
