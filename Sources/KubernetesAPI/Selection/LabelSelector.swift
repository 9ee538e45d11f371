package import JSON

/// Which labels an object must have, as kubectl's `-l` and `spec.selector` say it.
package struct LabelSelector: Hashable, Sendable, CustomStringConvertible {
    /// One demand on one label.
    package struct Requirement: Hashable, Sendable {
        /// How the label's value is looked at.
        package enum Operator: String, Hashable, Sendable {
            /// The label is there with one of the values.
            case isIn = "In"
            /// The label is absent or has none of the values.
            case isNotIn = "NotIn"
            /// The label is there.
            case exists = "Exists"
            /// The label is absent.
            case doesNotExist = "DoesNotExist"
        }

        /// The label's name.
        package let key: String
        /// How it is looked at.
        package let comparison: Operator
        /// The values, in order; none for the two that only ask whether the label is there.
        package let values: [String]

        /// A demand on one label.
        package init(key: String, _ comparison: Operator, _ values: [String] = []) {
            self.key = key
            self.comparison = comparison
            self.values = values
        }

        func matches(_ labels: [String: String]) -> Bool {
            switch comparison {
            case .isIn: labels[key].map(values.contains) ?? false
            case .isNotIn: !(labels[key].map(values.contains) ?? false)
            case .exists: labels[key] != nil
            case .doesNotExist: labels[key] == nil
            }
        }
    }

    /// All of them must hold; an empty list takes every object.
    package var requirements: [Requirement]

    /// A selector of such demands.
    package init(requirements: [Requirement] = []) { self.requirements = requirements }

    /// A selector of labels with exactly these values.
    package init(matching labels: [String: String]) {
        requirements = labels.sorted { $0.key < $1.key }.map { Requirement(key: $0.key, .isIn, [$0.value]) }
    }

    /// Whether an object with these labels is taken.
    package func matches(_ labels: [String: String]) -> Bool { requirements.allSatisfy { $0.matches(labels) } }

    /// The text of the query parameter `labelSelector`.
    package var description: String {
        requirements.map { requirement in
            let (key, values) = (requirement.key, requirement.values)
            return switch requirement.comparison {
            case .isIn where values.count == 1: "\(key)=\(values[0])"
            case .isNotIn where values.count == 1: "\(key)!=\(values[0])"
            case .isIn: "\(key) in (\(values.joined(separator: ",")))"
            case .isNotIn: "\(key) notin (\(values.joined(separator: ",")))"
            case .exists: key
            case .doesNotExist: "!\(key)"
            }
        }.joined(separator: ",")
    }

    /// Reads `matchLabels` and `matchExpressions`.
    package init(from element: JSONElement) throws(JSONError) {
        self.init()
        try element.decodeFields { (field, value) throws(JSONError) in
            switch field {
            case "matchLabels": requirements += LabelSelector(matching: try value.asStringMap()).requirements
            case "matchExpressions":
                requirements += try value.decodeItems { (item) throws(JSONError) in try Requirement(from: item) }
            default: break
            }
        }
    }
}

extension LabelSelector.Requirement {
    fileprivate init(from element: JSONElement) throws(JSONError) {
        var key = ""
        var comparison = Operator.exists
        var values: [String] = []
        try element.decodeFields { (field, value) throws(JSONError) in
            switch field {
            case "key": key = try value.asString()
            case "values": values = try value.asStrings()
            case "operator":
                guard let known = Operator(rawValue: try value.asString()) else {
                    throw value.mismatch("In, NotIn, Exists or DoesNotExist")
                }
                comparison = known
            default: break
            }
        }
        self.init(key: key, comparison, values)
    }
}
