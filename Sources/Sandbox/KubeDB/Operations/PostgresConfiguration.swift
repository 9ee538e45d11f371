import JSON

/// What the configuration of a Postgres says to its servers.
enum PostgresConfiguration {
    /// The parameters of a database's inline configuration, in the form in which ``ServerParameters`` reads them.
    static func parameters(of spec: JSONValue) -> JSONValue {
        var parameters: JSONObject = [:]
        for line in (spec.at("configuration", "inline", "user.conf")?.string ?? "").split(separator: "\n") {
            let text = line.prefix { $0 != "#" }
            let name = text.prefix { $0 != "=" && $0 != " " }
            guard !name.isEmpty else { continue }
            let value = text.dropFirst(name.count).filter { $0 != "'" }.drop { $0 == " " || $0 == "=" }
            parameters[String(name)] = .string(String(value.reversed().drop { $0 == " " }.reversed()))
        }
        return ["postgresql": ["parameters": .object(parameters)]]
    }

    /// The last words of a server that does not start with it; nil when it starts.
    static func complaint(about spec: JSONValue) -> String? { ServerStart.complaint(about: parameters(of: spec)) }

    /// Whether a running server cannot take the change from one to the other.
    static func needsRestart(from former: JSONValue, to spec: JSONValue) -> Bool {
        ServerParameters.restartClass(of: parameters(of: former))
            != ServerParameters.restartClass(of: parameters(of: spec))
    }
}
