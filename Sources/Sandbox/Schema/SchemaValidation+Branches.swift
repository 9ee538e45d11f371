import JSON

extension SchemaValidation {
    /// Checks `anyOf`, `oneOf`, `allOf` and `not`; where no branch fits, the errors of the best one are told as well.
    mutating func checkBranches(_ value: JSONValue, _ rules: ValueRules, _ path: String) -> Int {
        var passed = 1
        let quoted = GoText.quoted(path)
        if !rules.anyOf.isEmpty {
            let results = tried(value, rules.anyOf, path)
            if let fitting = results.first(where: \.errors.isEmpty) {
                passed += fitting.passed
            } else {
                refuse("\(quoted) must validate at least one schema (anyOf)")
                tellBest(of: results)
            }
        }
        if !rules.oneOf.isEmpty {
            let results = tried(value, rules.oneOf, path)
            let fitting = results.count(where: \.errors.isEmpty)
            if fitting != 1 {
                let found = fitting == 0 ? "Found none valid" : "Found \(fitting) valid alternatives"
                refuse("\(quoted) must validate one and only one schema (oneOf). \(found)")
                if fitting == 0 { tellBest(of: results) }
            }
        }
        if !rules.allOf.isEmpty {
            let results = tried(value, rules.allOf, path)
            for result in results { errors += result.errors }
            let fitting = results.count(where: \.errors.isEmpty)
            if fitting != results.count {
                refuse("\(quoted) must validate all the schemas (allOf)\(fitting == 0 ? ". None validated" : "")")
            }
        }
        if let not = rules.not, tried(value, [not], path).allSatisfy(\.errors.isEmpty) {
            refuse("\(quoted) must not validate the schema (not)")
        }
        return passed
    }

    private typealias Attempt = (errors: [FieldError], passed: Int)

    private func tried(_ value: JSONValue, _ branches: [StructuralSchema], _ path: String) -> [Attempt] {
        branches.map { branch in
            var attempt = SchemaValidation(parent: parent)
            let passed = attempt.check(value, branch, old: nil, path: path)
            return (attempt.errors, passed)
        }
    }

    private mutating func tellBest(of results: [Attempt]) {
        var best: Attempt?
        for result in results where best.map({ result.passed > $0.passed }) ?? true { best = result }
        errors += best?.errors ?? []
    }

    private mutating func refuse(_ sentence: String) { add(.invalid(unplaced, "", sentence)) }
}
