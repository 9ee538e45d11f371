import JSON
import KubernetesAPI

/// The rules of events: old ones without an eventTime are held to little, new ones name who reports what.
enum EventRules {
    /// The breaches of an event, given in its stored form.
    static func causes(_ event: JSONValue, _ kind: ServedKind) -> [APIFailure.Cause] {
        let isGrouped = kind.resource.group == "events.k8s.io"
        let hasTime = event["eventTime"]?.string != nil
        var causes = namespaceCauses(event, hasTime: hasTime)
        if hasTime {
            causes += reporterCauses(event, controller: isGrouped ? "reportingController" : "reportingComponent")
        }
        return isGrouped ? causes + groupedCauses(event, hasTime: hasTime) : causes
    }

    private static func namespaceCauses(_ event: JSONValue, hasTime: Bool) -> [APIFailure.Cause] {
        let own = event.at("metadata", "namespace")?.string ?? ""
        let object = event.at("involvedObject", "namespace")?.string ?? ""
        let places = hasTime ? ["default", "kube-system"] : ["", "default"]
        guard object.isEmpty ? !places.contains(own) : !hasTime && own != object else { return [] }
        return [.invalid("involvedObject.namespace", GoText.quoted(object), "does not match event.namespace")]
    }

    private static func reporterCauses(_ event: JSONValue, controller: String) -> [APIFailure.Cause] {
        var causes: [APIFailure.Cause] = []
        let reporter = event["reportingComponent"]?.string ?? ""
        if reporter.isEmpty { causes.append(.required(controller, "")) }
        causes += NameRules.qualifiedNameRefusals(reporter).map { .invalid(controller, GoText.quoted(reporter), $0) }
        for field in ["reportingInstance", "action", "reason"] {
            let text = event[field]?.string ?? ""
            if text.isEmpty { causes.append(.required(field, "")) }
            if text.utf8.count > 128 { causes.append(.invalid(field, "\"\"", "can have at most 128 characters")) }
        }
        if (event["message"]?.string ?? "").utf8.count > 1024 {
            causes.append(.invalid("message", "\"\"", "can have at most 1024 characters"))
        }
        return causes
    }

    private static func groupedCauses(_ event: JSONValue, hasTime: Bool) -> [APIFailure.Cause] {
        var causes: [APIFailure.Cause] = []
        if let series = event["series"], !series.isNull {
            if (series["count"]?.integer ?? 0) < 2 {
                causes.append(.invalid("series.count", "\"\"", "should be at least 2"))
            }
            if series["lastObservedTime"]?.string == nil { causes.append(.required("series.lastObservedTime", "")) }
        }
        if !hasTime { causes.append(.required("eventTime", "")) }
        let type = event["type"]?.string ?? ""
        if type != "Normal", type != "Warning" {
            causes.append(.invalid("type", "\"\"", "has invalid value: \(type)"))
        }
        for field in ["firstTimestamp", "lastTimestamp", "count", "source"] {
            guard let value = event[field], !value.isNull, value != 0, value != [:] else { continue }
            causes.append(.invalid(field, "\"\"", "needs to be unset"))
        }
        return causes
    }
}
