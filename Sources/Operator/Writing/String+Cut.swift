extension String {
    /// The text, or its beginning and an ellipsis when it has more than `length` characters as the API server counts them.
    func cut(to length: Int) -> String {
        guard unicodeScalars.count > length else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.prefix(max(0, length - 1)))) + "…"
    }
}
