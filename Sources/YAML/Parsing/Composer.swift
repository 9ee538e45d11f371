import JSON

/// Builds values out of events.
struct Composer {
    /// A value with what it costs, so that anchors cannot make a small text a huge one.
    private struct Node {
        var value: JSONValue
        /// The bytes of its scalars and one for each node.
        var weight: Int
        /// The levels of containers in it.
        var height: Int
        /// Whether it is the plain `<<` that merges mappings.
        var isMergeKey = false
    }

    // go-yaml allows about as much before it calls a document an abuse of aliases.
    private static let maximalAliasedWeight = 4 << 20

    private let events: EventReader
    private var anchors: [String: Node] = [:]
    private var aliasedWeight = 0

    init(events: EventReader) { self.events = events }

    mutating func documents() throws(YAMLError) -> [JSONValue] {
        var documents: [JSONValue] = []
        while true {
            switch try events.next().kind {
            case .streamEnd: return documents
            case .documentStart:
                anchors = [:]
                aliasedWeight = 0
                let root = try node(try events.next(), depth: 0)
                if !root.value.isNull { documents.append(root.value) }
            default: break
            }
        }
    }

    private mutating func node(_ event: Event, depth: Int) throws(YAMLError) -> Node {
        switch event.kind {
        case .scalar(let scalar): return try self.scalar(scalar, event)
        case .alias(let name): return try alias(name, event, depth: depth)
        case .sequenceStart(let anchor): return try sequence(anchor, event, depth: depth + 1)
        case .mappingStart(let anchor): return try mapping(anchor, event, depth: depth + 1)
        default: throw event.error("A value is expected here.")
        }
    }

    private mutating func scalar(_ scalar: Event.Scalar, _ event: Event) throws(YAMLError) -> Node {
        let value: JSONValue
        do throws(ScalarError) { value = try PlainScalar.value(of: scalar) } catch { throw event.error(error.message) }
        let isMergeKey = scalar.text == "<<" && (scalar.isPlain && scalar.tag == nil || scalar.tag == Tag.merge)
        let node = Node(value: value, weight: 1 + scalar.text.utf8.count, height: 0, isMergeKey: isMergeKey)
        remember(node, as: scalar.anchor)
        return node
    }

    private mutating func alias(_ name: String, _ event: Event, depth: Int) throws(YAMLError) -> Node {
        guard let node = anchors[name] else {
            throw event.error("The alias \"\(name)\" has no anchor before it.")
        }
        try checkDepth(depth + node.height, event)
        aliasedWeight += node.weight
        guard aliasedWeight <= Self.maximalAliasedWeight else {
            throw event.error("The aliases make the document too large; write the values out or use fewer.")
        }
        return node
    }

    private mutating func sequence(_ anchor: String?, _ start: Event, depth: Int) throws(YAMLError) -> Node {
        try checkDepth(depth, start)
        var items: [JSONValue] = []
        var whole = Node(value: .null, weight: 1, height: 1)
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { break }
            let item = try node(event, depth: depth)
            items.append(item.value)
            whole.weight += item.weight
            whole.height = max(whole.height, item.height + 1)
        }
        whole.value = .array(items)
        remember(whole, as: anchor)
        return whole
    }

    private mutating func mapping(_ anchor: String?, _ start: Event, depth: Int) throws(YAMLError) -> Node {
        try checkDepth(depth, start)
        var fields = JSONObject()
        var merged = JSONObject()
        var whole = Node(value: .null, weight: 1, height: 1)
        while true {
            let keyEvent = try events.next()
            if case .mappingEnd = keyEvent.kind { break }
            let key = try node(keyEvent, depth: depth)
            let valueEvent = try events.next()
            let value = try node(valueEvent, depth: depth)
            whole.weight += key.weight + value.weight
            whole.height = max(whole.height, value.height + 1)
            if key.isMergeKey {
                try merge(value.value, into: &merged, valueEvent)
                continue
            }
            let name = try name(key.value, keyEvent)
            guard fields[name] == nil else {
                throw keyEvent.error("The key \"\(name)\" occurs twice in this mapping; remove one.")
            }
            fields[name] = .some(value.value)
        }
        // What the mapping says itself goes before what it merges.
        for field in merged where fields[field.name] == nil { fields[field.name] = .some(field.value) }
        whole.value = .object(fields)
        remember(whole, as: anchor)
        return whole
    }

    /// Takes the fields of a mapping, or of each of a list of mappings, of which earlier ones win.
    private func merge(_ value: JSONValue, into merged: inout JSONObject, _ event: Event) throws(YAMLError) {
        let sources = value.array ?? [value]
        for source in sources {
            guard case .object(let fields) = source else {
                throw event.error("Only a mapping or a list of mappings can be merged with <<.")
            }
            for field in fields where merged[field.name] == nil { merged[field.name] = .some(field.value) }
        }
    }

    private func name(_ key: JSONValue, _ event: Event) throws(YAMLError) -> String {
        switch key {
        case .string(let name): return name
        case .bool, .integer, .double: return key.description
        case .null: throw event.error("A key is missing here; write \"\" or \"null\" in quotes if it is meant.")
        case .array, .object: throw event.error("A list or a mapping cannot be a key.")
        }
    }

    private mutating func remember(_ node: Node, as anchor: String?) {
        guard let anchor else { return }
        var node = node
        node.isMergeKey = false
        anchors[anchor] = node
    }

    private func checkDepth(_ depth: Int, _ event: Event) throws(YAMLError) {
        guard depth <= YAML.maximalDepth else {
            throw event.error("The document is nested deeper than \(YAML.maximalDepth) levels; make it flatter.")
        }
    }
}
