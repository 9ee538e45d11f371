import JSON

extension SchemaValidation {
    /// Returns 1 when the value has one of the types, also when no type is asked for.
    mutating func checkType(_ value: JSONValue, _ schema: StructuralSchema, _ path: String) -> Int {
        let format = schema.rules.format
        guard !schema.types.isEmpty || format != nil else { return 1 }
        let wanted = schema.types.map(\.rawValue).joined(separator: ",")
        if value.isNull {
            guard !schema.types.isEmpty, !schema.isNullable else { return 1 }
            return refuse(path, wanted: wanted, found: "null")
        }
        let found = SchemaValidation.type(of: value)
        let wantsNumbers = schema.types.contains(.number) || schema.types.contains(.integer)
        let isNumberLike =
            (found == .number && SchemaValidation.isIntegral(value) && schema.types.contains(.integer))
            || (found == .integer && schema.types.contains(.number))
        let fits = schema.types.contains(found) || isNumberLike
        if let format {
            let isTextOrList = found == .string || found == .array
            let itsFormat = found == .integer ? "int64" : found == .number ? "double" : ""
            if !isTextOrList, !fits, itsFormat != format {
                return refuse(path, wanted: format, found: itsFormat)
            }
            if !wantsNumbers, isTextOrList { return 1 }
        }
        return fits ? 1 : refuse(path, wanted: wanted, found: found.rawValue)
    }

    private mutating func refuse(_ path: String, wanted: String, found: String) -> Int {
        let sentence = "\(path) in body must be of type \(wanted): \(GoText.quoted(found))"
        add(.typeInvalid(field(path), .string(found), sentence))
        return 0
    }

    mutating func checkText(_ text: String, _ rules: ValueRules, _ path: String) {
        if rules.maxLength != nil || rules.minLength != nil {
            let length = text.unicodeScalars.count
            if let maximum = rules.maxLength, length > maximum {
                add(.tooLong(field(path), maximum: maximum))
                return
            }
            if let minimum = rules.minLength, length < minimum {
                add(.invalid(field(path), .string(text), "\(path) in body should be at least \(minimum) chars long"))
                return
            }
        }
        if let pattern = rules.pattern, !pattern.occurs(in: text) {
            add(.invalid(field(path), .string(text), "\(path) in body should match '\(pattern.text)'"))
        }
    }

    mutating func checkFormat(_ text: String, _ rules: ValueRules, _ path: String) {
        guard let format = rules.format, ValueFormat.isAboutStrings(format) else { return }
        if !ValueFormat.accepts(text, as: format) {
            let sentence = "\(path) in body must be of type \(format): \(GoText.quoted(text))"
            add(.typeInvalid(field(path), .string(text), sentence))
        }
    }

    mutating func checkEnumeration(_ value: JSONValue, _ rules: ValueRules, _ path: String) {
        guard let allowed = rules.enumeration, !allowed.isEmpty else { return }
        let isThere = allowed.contains { $0 == value || ($0.double != nil && $0.double == value.double) }
        if !isThere {
            add(.notSupported(field(path), value, supported: allowed.map { $0.string ?? GoText.json($0) }))
        }
    }

    mutating func checkNumber(
        _ value: JSONValue,
        _ rules: ValueRules,
        _ path: String,
        _ schema: StructuralSchema
    ) -> Int {
        guard let number = value.double else { return 0 }
        let type = schema.types.first
        checkRange(value, type, rules.format, "Checked", path)
        if let divisor = rules.multipleOf, divisor != 0 {
            checkRange(.double(divisor), type, rules.format, "MultipleOf", path)
            let quotient = number / divisor
            if quotient != quotient.rounded() {
                let sentence = "\(path) in body should be a multiple of \(GoText.float(divisor))"
                add(.invalid(field(path), value, sentence))
            }
        }
        if let maximum = rules.maximum {
            checkRange(.double(maximum), type, rules.format, "Maximum", path)
            if rules.isMaximumExclusive ? number >= maximum : number > maximum {
                let words = rules.isMaximumExclusive ? "less than" : "less than or equal to"
                add(.invalid(field(path), value, "\(path) in body should be \(words) \(bound(maximum, value))"))
            }
        }
        if let minimum = rules.minimum {
            checkRange(.double(minimum), type, rules.format, "Minimum", path)
            if rules.isMinimumExclusive ? number <= minimum : number < minimum {
                let words = rules.isMinimumExclusive ? "greater than" : "greater than or equal to"
                add(.invalid(field(path), value, "\(path) in body should be \(words) \(bound(minimum, value))"))
            }
        }
        return 1
    }

    /// A bound beside an integer is written as one.
    private func bound(_ bound: Double, _ value: JSONValue) -> String {
        if value.integer != nil, bound.magnitude < 9.2e18 { return String(Int64(bound)) }
        return GoText.float(bound)
    }

    /// Whether a number can be held by the type and the format that the schema names.
    private mutating func checkRange(
        _ value: JSONValue,
        _ type: JSONType?,
        _ format: String?,
        _ what: String,
        _ path: String
    ) {
        guard type == .integer else { return }
        let exact = value.integer ?? value.double.flatMap { Int64(exactly: $0) }
        let fits: Bool
        switch (exact, format) {
        case (let exact?, "int32"): fits = Int32(exactly: exact) != nil
        case (let exact?, "uint32"): fits = UInt32(exactly: exact) != nil
        case (let exact?, "uint64"): fits = exact >= 0
        case (let exact, _): fits = exact != nil
        }
        guard !fits else { return }
        let how = format.map { " with format \($0)" } ?? " (default format)"
        add(.invalid(unplaced, "", "\(what) value must be of type integer\(how) in \(path)"))
    }

    private static func type(of value: JSONValue) -> JSONType {
        switch value {
        case .null, .object: .object
        case .array: .array
        case .string: .string
        case .integer: .integer
        case .double: .number
        case .bool: .boolean
        }
    }

    private static func isIntegral(_ value: JSONValue) -> Bool {
        guard let number = value.double, number.isFinite else { return false }
        return number == number.rounded()
    }
}
