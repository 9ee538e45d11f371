import JSON
import YAML

/// One document of a manifest file, which knows on which line of it each field stands.
struct ManifestDocument {
    /// What is wrong with a file, with the place where it is.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let file: String
    /// The line of the file on which the document begins, from 1.
    let line: Int
    private let lines: [Substring]
    let value: JSONValue

    var apiVersion: String { value["apiVersion"]?.string ?? "" }
    var kind: String { value["kind"]?.string ?? "" }
    var name: String { value.at("metadata", "name")?.string ?? "" }

    /// The documents of a text; those without content are left out.
    static func all(in text: String, file: String) throws(Failure) -> [ManifestDocument] {
        var documents: [ManifestDocument] = []
        for (start, lines) in split(text) {
            let values: [JSONValue]
            do throws(YAMLError) {
                values = try YAML.parse(Array(lines.joined(separator: "\n").utf8))
            } catch {
                let place = "\(file):\(start + error.line - 1):\(error.column)"
                throw Failure(description: "\(place): \(error.message)")
            }
            for value in values where !value.isNull {
                documents.append(ManifestDocument(file: file, line: start, lines: lines, value: value))
            }
        }
        guard !documents.isEmpty else { throw Failure(description: "\(file):1: there is no object in this file") }
        return documents
    }

    /// Documents begin at lines with three dashes, whatever stands around them.
    private static func split(_ text: String) -> [(start: Int, lines: [Substring])] {
        var parts: [(start: Int, lines: [Substring])] = [(1, [])]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line == "---" || line.hasPrefix("--- ") {
                parts.append((index + 2, []))
            } else {
                parts[parts.count - 1].lines.append(line)
            }
        }
        return parts
    }

    /// A sentence about a field, with the place where it stands.
    func failure(_ sentence: String, at path: String = "") -> Failure {
        Failure(description: "\(file):\(lineNumber(of: path)): \(sentence)")
    }

    /// The line of a field such as `spec.backup.schedules[0].name`, or of the last field on the way that is found.
    ///
    /// Found by the fields' indentation; in one line with braces the line is all there is to tell.
    private func lineNumber(of path: String) -> Int {
        let names = path.split { ".[]".contains($0) }.filter { Int($0) == nil }
        var position = 0
        var margin = -1
        var found = lines.firstIndex { !$0.trimmed.isEmpty && !$0.trimmed.hasPrefix("#") } ?? 0
        for name in names {
            guard let next = index(of: name, from: position, deeperThan: margin) else { break }
            found = next
            margin = lines[next].indentation
            position = next + 1
        }
        return line + found
    }

    private func index(of name: Substring, from start: Int, deeperThan margin: Int) -> Int? {
        for index in lines.indices.dropFirst(start) {
            let text = lines[index].trimmed
            guard !text.isEmpty, !text.hasPrefix("#") else { continue }
            let isItem = text.hasPrefix("- ")
            if lines[index].indentation <= margin, !(isItem && lines[index].indentation == margin) { return nil }
            let field = isItem ? text.dropFirst(2) : text
            if field.hasPrefix("\(name):") || field.hasPrefix("\"\(name)\":") { return index }
        }
        return nil
    }
}

extension Substring {
    fileprivate var indentation: Int { prefix { $0 == " " }.count }
    fileprivate var trimmed: Substring { drop { $0 == " " } }
}
