import KubernetesAPI
import Providers

extension ClusterView {
    /// What is taken back while those requests are under way.
    func retirements(underWay: Set<String>) -> [Intent] { retirements { underWay } }

    /// How often a look for what operations have left reads the requests that are under way.
    var readsForRetirements: Int {
        var reads = 0
        _ = retirements {
            reads += 1
            return []
        }
        return reads
    }
}
