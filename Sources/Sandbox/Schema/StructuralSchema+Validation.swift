import JSON

extension StructuralSchema {
    /// What the schema refuses in an object.
    ///
    /// With the stored object as `old`, places that are wrong but unchanged are let through, as the API server does
    /// (KEP-4008). `parent` is the field that the value stands in when only a part of an object is checked, as `status`
    /// is through its subresource; errors then carry it, and their sentences do not. Where the schema has expression rules
    /// that cannot be looked at because of what is wrong, the last error says so.
    func validate(_ new: JSONValue, old: JSONValue?, parent: String? = nil) -> [FieldError] {
        var validation = SchemaValidation(parent: parent)
        _ = validation.check(new, self, old: old, path: "")
        guard hasExpressionRules, validation.errors.contains(where: \.keepsRulesFromRunning) else {
            return validation.errors
        }
        return validation.errors + [.rulesNotChecked]
    }
}

/// One walk of an object along its schema.
///
/// The order of the checks, and which of them end a place, follow `k8s.io/kube-openapi/pkg/validation/validate`.
struct SchemaValidation {
    let parent: String?
    var errors: [FieldError] = []

    init(parent: String?) { self.parent = parent }

    /// Checks a value and counts the checks that it passed, by which the best of several branches is chosen.
    mutating func check(_ value: JSONValue, _ schema: StructuralSchema, old: JSONValue?, path: String) -> Int {
        let before = errors.count
        var passed = checkType(value, schema, path)
        if value.isNull {
            checkEnumeration(value, schema.rules, path)
        } else {
            if !schema.rules.isEmpty { passed += checkRules(value, schema.rules, path, schema) }
            switch value {
            case .array(let elements): passed += checkItems(elements, schema, old: old, path)
            case .object(let fields): passed += checkFields(fields, schema, old: old, path)
            default: break
            }
        }
        if errors.count > before, let old, old == value { errors.removeSubrange(before...) }
        return passed + 1
    }

    private mutating func checkRules(
        _ value: JSONValue,
        _ rules: ValueRules,
        _ path: String,
        _ schema: StructuralSchema
    ) -> Int {
        var passed = checkBranches(value, rules, path)
        switch value {
        case .string(let text):
            checkText(text, rules, path)
            checkFormat(text, rules, path)
        case .integer, .double: passed += checkNumber(value, rules, path, schema)
        default: break
        }
        checkEnumeration(value, rules, path)
        return passed
    }

    private mutating func checkItems(
        _ elements: [JSONValue],
        _ schema: StructuralSchema,
        old: JSONValue?,
        _ path: String
    ) -> Int {
        var passed = 1
        if let items = schema.items {
            let matching = CorrelatedItems(old, schema)
            for (index, element) in elements.enumerated() {
                passed += check(element, items, old: matching.item(for: element), path: "\(path)[\(index)]")
            }
        }
        if let minimum = schema.rules.minItems, elements.count < minimum {
            let sentence = "\(path) in body should have at least \(minimum) items"
            add(.invalid(field(path), JSONValue(elements.count), sentence))
        }
        if let maximum = schema.rules.maxItems, elements.count > maximum {
            add(.tooMany(field(path), actual: elements.count, maximum: maximum))
        }
        return passed
    }

    private mutating func checkFields(
        _ fields: JSONObject,
        _ schema: StructuralSchema,
        old: JSONValue?,
        _ path: String
    ) -> Int {
        if let minimum = schema.rules.minProperties, fields.count < minimum {
            let sentence = "\(path) in body should have at least \(minimum) properties"
            add(.invalid(field(path), JSONValue(minimum), sentence))
            return 0
        }
        if let maximum = schema.rules.maxProperties, fields.count > maximum {
            add(.tooMany(field(path), actual: fields.count, maximum: maximum))
            return 0
        }
        var passed = 1
        for member in fields {
            guard let fieldSchema = schema.schema(of: member.name) else { continue }
            let place = path.isEmpty ? member.name : path + "." + member.name
            passed += check(member.value, fieldSchema, old: old?[member.name], path: place)
        }
        for name in schema.rules.required where fields[name] == nil {
            add(.required(field(path.isEmpty ? name : path + "." + name)))
        }
        return passed
    }

    mutating func add(_ error: FieldError) { errors.append(error) }

    /// The path as an error's field, behind the parent.
    func field(_ path: String) -> String {
        guard let parent else { return path.isEmpty ? "<nil>" : path }
        return path.isEmpty ? parent : parent + "." + path
    }

    /// The field of an error that the API server cannot place.
    var unplaced: String { parent ?? "<nil>" }
}

/// The items of a stored list by their keys; lists without keys correlate with nothing.
private struct CorrelatedItems {
    private let items: [JSONValue]
    private let keys: [String]

    init(_ old: JSONValue?, _ schema: StructuralSchema) {
        guard case .map(let keys) = schema.listType, case .array(let items)? = old else {
            self.items = []
            self.keys = []
            return
        }
        self.items = items
        self.keys = keys
    }

    func item(for element: JSONValue) -> JSONValue? {
        items.first { item in keys.allSatisfy { item[$0] == element[$0] } }
    }
}
