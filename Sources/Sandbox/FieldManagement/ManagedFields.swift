import JSON

/// Who owns which places of an object: the entries of `metadata.managedFields`.
struct ManagedFields: Sendable, Equatable {
    /// One writer and what it owns.
    struct Entry: Sendable, Equatable {
        var manager: String
        var operation: String
        var apiVersion: String
        var subresource: String
        /// RFC 3339; empty when unknown.
        var time: String
        var places: FieldPathSet

        /// Appliers are the same at every version, updaters are not.
        func isSameWriter(as other: Entry) -> Bool {
            manager == other.manager && operation == other.operation && subresource == other.subresource
                && (operation == "Apply" || apiVersion == other.apiVersion)
        }
    }

    var entries: [Entry] = []

    init() {}

    /// Reads the entries; nil when one of them cannot be read.
    init?(_ value: JSONValue?) {
        for item in value?.array ?? [] {
            guard let places = item["fieldsV1"], places.object != nil, let operation = item["operation"]?.string,
                operation == "Apply" || operation == "Update"
            else { return nil }
            entries.append(
                Entry(
                    manager: item["manager"]?.string ?? "",
                    operation: operation,
                    apiVersion: item["apiVersion"]?.string ?? "",
                    subresource: item["subresource"]?.string ?? "",
                    time: item["time"]?.string ?? "",
                    places: FieldPathSet(fieldsV1: places)
                )
            )
        }
    }

    /// The entries as the API server stores them: appliers first, then by time and name.
    ///
    /// Nil when there are none.
    var json: JSONValue? {
        let sorted = entries.sorted {
            ($0.operation, $0.time, $0.manager, $0.apiVersion, $0.subresource)
                < ($1.operation, $1.time, $1.manager, $1.apiVersion, $1.subresource)
        }
        return sorted.isEmpty ? .none : .some(.array(sorted.map(\.json)))
    }

    /// Takes places from everyone but the writer; who is left with nothing is forgotten.
    mutating func take(_ places: FieldPathSet, fromAllBut writer: Entry?) {
        guard !places.isEmpty else { return }
        for index in entries.indices where writer.map({ !entries[index].isSameWriter(as: $0) }) ?? true {
            entries[index].places = entries[index].places.subtracting(places)
        }
        entries.removeAll { $0.places.isEmpty }
    }

    /// Replaces the writer's entry, or removes it when it owns nothing.
    mutating func set(_ entry: Entry) {
        entries.removeAll { $0.isSameWriter(as: entry) }
        if !entry.places.isEmpty { entries.append(entry) }
    }

    /// Joins the oldest updaters of each version into one entry when there are more than ten.
    mutating func joinOldestUpdaters() {
        let limit = 10
        let updaters = entries.filter { $0.operation == "Update" && $0.subresource.isEmpty }
        guard updaters.count > limit else { return }
        let oldest = updaters.sorted { ($0.time, $0.manager) < ($1.time, $1.manager) }.prefix(
            updaters.count - limit + 1
        )
        for entry in oldest {
            entries.removeAll { $0.isSameWriter(as: entry) }
            var joined = entry
            joined.manager = "ancient-changes"
            if let bucket = entries.first(where: { $0.isSameWriter(as: joined) }) {
                joined.places = joined.places.union(bucket.places)
                joined.time = max(joined.time, bucket.time)
            }
            set(joined)
        }
    }
}

extension ManagedFields {
    /// Gives an object the times of the stored one when nothing else of it differs.
    ///
    /// Repeating an apply then is no write, also where defaults were filled into what its author owns as a whole
    /// (`IgnoreManagedFieldsTimestampsTransformer` in Kubernetes' `k8s.io/apiserver`).
    static func keepTimes(of stored: JSONValue, in object: inout JSONValue) {
        let (after, before) = (object.at("metadata", "managedFields")?.array, stored.at("metadata", "managedFields"))
        guard let after, let before, after.count == before.array?.count else { return }
        func timeless(_ entry: JSONValue) -> JSONValue {
            var entry = entry
            entry["time"] = nil
            return entry
        }
        let known = (before.array ?? []).map(timeless)
        guard after.allSatisfy({ known.contains(timeless($0)) }) else { return }
        var kept = object
        kept["metadata", "managedFields"] = before
        if kept == stored { object = stored }
    }
}

extension ManagedFields.Entry {
    fileprivate var json: JSONValue {
        var fields: JSONObject = [
            "fieldsType": "FieldsV1", "fieldsV1": places.fieldsV1, "operation": .string(operation),
        ]
        let texts = [("manager", manager), ("apiVersion", apiVersion), ("time", time), ("subresource", subresource)]
        for (name, text) in texts where !text.isEmpty { fields[name] = .string(text) }
        return .object(fields)
    }

    /// The writer in a message about a conflict.
    var shown: String {
        var text = GoText.quoted(manager)
        if !subresource.isEmpty { text += " with subresource " + GoText.quoted(subresource) }
        if operation == "Update" {
            text += " using " + apiVersion
        }
        return text
    }
}
