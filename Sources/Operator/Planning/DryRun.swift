import CRDs
import KubernetesAPI
import Providers

/// Answers a request with `dryRun`: what it would do, or why it would do nothing.
///
/// Reads what the provider must know, and writes nothing.
struct DryRun {
    let context: ControllerContext
    let cluster: DatabaseCluster
    let request: OpsRequest

    /// What is to be told of the request.
    enum Outcome {
        /// The writes that would be made.
        case steps([PlanStep])
        /// Nothing would be written, for this reason.
        case answer(OperationAnswer)
    }

    /// How often the provider may ask for more before its answers count as going in circles.
    private static let maximalRounds = 5
    /// How many writes the API lets a plan list.
    private static let length = 100

    func outcome(now: Timestamp) async throws -> Outcome {
        let provider: any Provider
        do {
            provider = try context.providers.provider(for: cluster.spec)
        } catch {
            return .answer(.refused(error))
        }
        var answers: [Need: NeedAnswer] = [:]
        for _ in 0..<Self.maximalRounds {
            let observed = context.stores.observed(cluster.metadata.key, by: provider, now: now, answers: answers)
            let operation = OperationContext(cluster: cluster, request: request, observed: observed)
            switch OperationPlanning(provider: provider, operation: operation).outcome().answer {
            case .need(let needs): answers.merge(try await context.needs.read(needs, isFresh: true)) { $1 }
            case .plan(let plan): return Self.outcome(of: plan)
            }
        }
        return .answer(
            .refused(
                Refusal("ProviderDefect", "the provider asked \(Self.maximalRounds) times for more without deciding")
            )
        )
    }

    private static func outcome(of plan: WritePlan) -> Outcome {
        if let refusal = plan.refusals.first { return .answer(.refused(refusal)) }
        guard !plan.writes.isEmpty else { return .answer(.alreadySo(message: plan.summary)) }
        return .steps(plan.writes.prefix(length).map(\.step))
    }
}
