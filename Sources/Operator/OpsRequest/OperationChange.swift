import CRDs
import ControllerRuntime
import KubernetesAPI
import Logging
import Providers

/// A step in an operation's life that has just been written down, as metrics and logs tell it.
struct OperationChange {
    let request: OpsRequest
    /// The cluster's, nil when there is no such cluster.
    let engine: Engine?
    let before: OpsRequestStatus
    let after: OpsRequestStatus

    /// Whether the request was taken up for the first time.
    var isAcceptance: Bool { before.phase == nil && after.phase != nil }

    /// The phase that has begun; nil when it is still the same.
    var newPhase: OpsRequestPhase? { before.phase == after.phase ? nil : after.phase }

    /// Whether the operation was begun once more after a failure.
    var isRetry: Bool { after.attempt > max(1, before.attempt) }

    /// How long it took; nil while it is under way, or when it was never begun.
    var seconds: Double? {
        guard let start = after.startTime, let end = after.completionTime else { return nil }
        return Double(end.microseconds - start.microseconds) / 1_000_000
    }

    /// Who filed it: the operator itself, or a person or program.
    var source: OperationSource {
        request.metadata.labels[ChildLabels.managedBy] == ChildLabels.operatorName ? .reconciler : .user
    }
}

/// Who files requests, as `dbaas_operations_created_total` tells them apart.
enum OperationSource: String, CaseIterable {
    case reconciler
    case user
}

extension OperationChange {
    /// Writes the events that the change is to people who read logs, each under its documented name.
    func log(to logger: Logger) {
        if isAcceptance {
            logger.info(isScaling ? "scaling_ops_request_created" : "ops_request_created", metadata: fields)
        }
        if isRetry { logger.notice("operation_retried", metadata: fields) }
        switch newPhase {
        case nil, .pending: break
        case .running: logger.info("processing_operation", metadata: fields)
        case .succeeded:
            logger.info("ops_request_successful", metadata: fields)
            logger.info("operation_completed", metadata: fields)
        case .failed:
            logger.error("ops_request_failed", metadata: fields)
            if isScaling { logger.error("scaling_operation_failed", metadata: fields) }
            logger.info("operation_completed", metadata: fields)
        case .skipped, .cancelled: logger.info("operation_completed", metadata: fields)
        }
    }

    private var isScaling: Bool {
        switch request.spec.type {
        case .horizontalScaling, .verticalScaling, .scaling, .volumeExpansion: true
        default: false
        }
    }

    private var fields: Logger.Metadata {
        let spec = request.spec
        var fields: Logger.Metadata = [
            "name": "\(spec.clusterRef)",
            "namespace": "\(request.metadata.namespace)",
            "operation_id": "\(request.metadata.name)",
            "ops_request_name": "\(request.metadata.name)",
            "database_id": "\(request.metadata.namespace)/\(request.spec.clusterRef)",
            "ops_type": "\(request.spec.type.rawValue)",
            "phase": "\(after.phase?.rawValue ?? "")",
            "attempt": .stringConvertible(after.attempt),
        ]
        if let replicas = spec.horizontalScaling?.replicas { fields["replicas"] = .stringConvertible(replicas) }
        if let size = spec.verticalScaling?.size { fields["size"] = "\(size)" }
        if let engine { fields["engine"] = "\(engine.rawValue)" }
        if !after.reason.isEmpty { fields["reason"] = "\(after.reason)" }
        if !after.message.isEmpty { fields["detail"] = "\(after.message)" }
        if let seconds { fields["duration_seconds"] = .stringConvertible(seconds) }
        return fields
    }
}

// MARK: - Events

extension OperationChange {
    /// What the owner of the database is told, on the request and on its cluster.
    struct Event: Equatable {
        let severity: EventNote.Severity
        let reason: String
        let note: String
    }

    /// Each names the type and the cause; a cause from a child is in the child operator's own words.
    var events: [Event] {
        let type = request.spec.type.rawValue
        func event(_ severity: EventNote.Severity, _ reason: String, _ what: String) -> Event {
            Event(severity: severity, reason: reason, note: what.isEmpty ? type : "\(type): \(what)")
        }
        switch newPhase {
        case .running: return [event(.normal, "OperationStarted", written ?? after.message)]
        case .succeeded: return [event(.normal, "OperationSucceeded", after.message)]
        case .skipped: return [event(.normal, "OperationSkipped", "\(after.reason): \(after.message)")]
        case .cancelled: return [event(.normal, "OperationCancelled", "\(after.reason): \(after.message)")]
        case .failed:
            // What was never begun has changed nothing.
            let reason = after.startTime == nil ? "OperationRefused" : "OperationFailed"
            return [event(.warning, reason, "\(after.reason): \(after.message)")]
        case .pending, nil: break
        }
        if isRetry { return [event(.warning, "OperationRetried", after.message)] }
        if after.phase == .running, after.reason == OperationMachine.rollingBack, before.reason != after.reason {
            return [event(.warning, "OperationRollingBack", after.message)]
        }
        return []
    }

    /// What is about to be written.
    private var written: String? { after.actionLog.last { $0.status == "Started" }?.message }
}
