import JSON

extension JSONValue {
    /// Whether everything wanted is in this value, whatever else is there too; null in what is wanted means absent.
    ///
    /// Lists hold each other element by element.
    func holds(_ wanted: JSONValue) -> Bool {
        switch (self, wanted) {
        case (.object(let fields), .object(let others)):
            others.allSatisfy { other in
                other.value.isNull ? fields[other.name] == nil : fields[other.name]?.holds(other.value) == true
            }
        case (.array(let elements), .array(let others)):
            elements.count == others.count && zip(elements, others).allSatisfy { $0.holds($1) }
        default: self == wanted
        }
    }
}
