import CRDs

/// Reads the parameters out of an engine's configuration file, whoever wrote it.
///
/// KubeDB puts what it is given together with what it has, so that the text may be another one than was sent.
enum KubeDBParameterFile {
    /// By name; nested names are joined with dots, and quotes are taken off values.
    static func parameters(in text: String, of engine: Engine) -> [String: String] {
        let lines = text.split(whereSeparator: \.isNewline)
        switch engine {
        case .mongodb, .elasticsearch: return nested(lines)
        case .redis: return pairs(lines) { $0 == " " || $0 == "\t" }
        case .postgresql, .mysql, .mariadb, .kafka: return pairs(lines) { $0 == "=" }
        }
    }

    private static func pairs(_ lines: [Substring], _ isSeparator: (Character) -> Bool) -> [String: String] {
        var parameters: [String: String] = [:]
        for line in lines.map(trimmed) where !line.isEmpty {
            guard let first = line.first, first != "#", first != "[", first != ";",
                let end = line.firstIndex(where: isSeparator)
            else { continue }
            parameters[String(trimmed(line[..<end]))] = unquoted(line[line.index(after: end)...])
        }
        return parameters
    }

    /// A name without a value holds those that stand further in.
    private static func nested(_ lines: [Substring]) -> [String: String] {
        var parameters: [String: String] = [:]
        var open: [(depth: Int, name: String)] = []
        for line in lines {
            let depth = line.prefix { $0 == " " }.count
            let content = trimmed(line)
            guard let first = content.first, first != "#", let colon = content.firstIndex(of: ":") else { continue }
            open.removeAll { $0.depth >= depth }
            let name = String(trimmed(content[..<colon]))
            let value = unquoted(content[content.index(after: colon)...])
            if value.isEmpty && !content.hasSuffix("'") && !content.hasSuffix("\"") {
                open.append((depth, name))
            } else {
                parameters[(open.map(\.name) + [name]).joined(separator: ".")] = value
            }
        }
        return parameters
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop { $0.isWhitespace }
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return start[...end]
    }

    /// A quote within quotes is written twice.
    private static func unquoted(_ text: Substring) -> String {
        let value = trimmed(text)
        guard value.count >= 2, let quote = value.first, quote == "'" || quote == "\"", value.last == quote else {
            return String(value)
        }
        var result = ""
        var skips = false
        for character in value.dropFirst().dropLast() {
            if character == quote, !skips {
                skips = true
                continue
            }
            skips = false
            result.append(character)
        }
        return result
    }
}

extension KubeDBDatabase {
    /// The parameters that it has been given, by name.
    var parameters: [String: String] {
        guard let text = data.configuration[layout.configFile] else { return [:] }
        return KubeDBParameterFile.parameters(in: text, of: engine.engine)
    }

    /// Those that it has not been given, or with another value.
    ///
    /// A value may be written with quotes of the user's own, which are taken off what is read: so what would be written
    /// is read too, or such a value would differ for ever.
    func parametersLacking(_ wanted: [ConfigParameter]) -> [ConfigParameter] {
        guard !wanted.isEmpty else { return [] }
        let live = parameters
        let differing = wanted.filter { live[$0.name] != $0.value }
        guard !differing.isEmpty else { return [] }
        let text = KubeDBConfiguration.text(of: wanted, for: engine.engine)
        let written = KubeDBParameterFile.parameters(in: text, of: engine.engine)
        return differing.filter { live[$0.name] != written[$0.name] }
    }

    /// What it has been given and shall not have any more, by name.
    func parametersBeyond(_ wanted: [ConfigParameter]) -> [String] {
        let names = Set(wanted.map(\.name))
        return parameters.keys.filter { !names.contains($0) }.sorted()
    }

    /// Whether its parameters are in a Secret, and none of them in its own object.
    var hasForeignParameters: Bool {
        data.configurationSecret != nil && data.configuration[layout.configFile] == nil
    }
}
