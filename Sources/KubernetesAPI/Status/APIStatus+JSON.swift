package import JSON

extension APIStatus {
    /// Reads a `Status` object.
    package init(from element: JSONElement) throws(JSONError) {
        self.init(code: 0, reason: "", message: "")
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "code": code = Int(try value.asInteger())
            case "reason": reason = try value.asString()
            case "message": message = try value.asString()
            case "details": details = try Details(from: value)
            default: break
            }
        }
    }

    /// As a `Status` object.
    package var json: JSONValue {
        var fields: JSONObject = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": isSuccess ? "Success" : "Failure",
            "code": JSONValue(code),
        ]
        if !message.isEmpty { fields["message"] = .string(message) }
        if !reason.isEmpty { fields["reason"] = .string(reason) }
        fields["details"] = details?.json
        return .object(fields)
    }
}

extension APIStatus.Details {
    fileprivate init(from element: JSONElement) throws(JSONError) {
        self.init()
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "name": name = try value.asString()
            case "group": group = try value.asString()
            case "kind": kind = try value.asString()
            case "uid": uid = try value.asString()
            case "retryAfterSeconds": retryAfterSeconds = Int(try value.asInteger())
            case "causes":
                causes = try value.decodeItems { (item) throws(JSONError) in try APIStatus.Cause(from: item) }
            default: break
            }
        }
    }

    fileprivate var json: JSONValue {
        var fields = JSONObject()
        for (field, text) in [("name", name), ("group", group), ("kind", kind), ("uid", uid)] where !text.isEmpty {
            fields[field] = .string(text)
        }
        if !causes.isEmpty { fields["causes"] = .array(causes.map(\.json)) }
        if retryAfterSeconds != 0 { fields["retryAfterSeconds"] = JSONValue(retryAfterSeconds) }
        return .object(fields)
    }
}

extension APIStatus.Cause {
    fileprivate init(from element: JSONElement) throws(JSONError) {
        self.init(reason: "", message: "")
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "reason": reason = try value.asString()
            case "message": message = try value.asString()
            case "field": field = try value.asString()
            default: break
            }
        }
    }

    fileprivate var json: JSONValue {
        var fields = JSONObject()
        for (name, text) in [("reason", reason), ("message", message), ("field", field)] where !text.isEmpty {
            fields[name] = .string(text)
        }
        return .object(fields)
    }
}
