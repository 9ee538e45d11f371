/// The words of Go's JSON decoder for text that is not JSON, which clients find in the API server's answers.
struct GoSyntax {
    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// What is wrong with the text, or nil when it is JSON.
    static func complaint(_ bytes: [UInt8]) -> String? {
        var scanner = GoSyntax(bytes)
        do throws(Complaint) {
            try scanner.value("looking for beginning of value", depth: 0)
            scanner.skipSpaces()
            guard scanner.position == bytes.count else { throw scanner.unexpected("after top-level value") }
            return nil
        } catch {
            return error.words
        }
    }

    private struct Complaint: Error { let words: String }

    private mutating func value(_ context: String, depth: Int) throws(Complaint) {
        skipSpaces()
        guard depth < 10_000 else { throw Complaint(words: "exceeded max depth") }
        switch try peek() {
        case UInt8(ascii: "{"): try object(depth: depth)
        case UInt8(ascii: "["): try array(depth: depth)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: throw unexpected(context)
        }
    }

    private mutating func object(depth: Int) throws(Complaint) {
        position += 1
        skipSpaces()
        if try peek() == UInt8(ascii: "}") {
            position += 1
            return
        }
        while true {
            skipSpaces()
            guard try peek() == UInt8(ascii: "\"") else {
                throw unexpected("looking for beginning of object key string")
            }
            try string()
            skipSpaces()
            guard try peek() == UInt8(ascii: ":") else { throw unexpected("after object key") }
            position += 1
            try value("looking for beginning of value", depth: depth + 1)
            skipSpaces()
            switch try peek() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"):
                position += 1
                return
            default: throw unexpected("after object key:value pair")
            }
        }
    }

    private mutating func array(depth: Int) throws(Complaint) {
        position += 1
        skipSpaces()
        if try peek() == UInt8(ascii: "]") {
            position += 1
            return
        }
        while true {
            try value("looking for beginning of value", depth: depth + 1)
            skipSpaces()
            switch try peek() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"):
                position += 1
                return
            default: throw unexpected("after array element")
            }
        }
    }

    private mutating func string() throws(Complaint) {
        position += 1
        while true {
            switch try peek() {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"): try escape()
            case ..<0x20: throw unexpected("in string literal")
            default: position += 1
            }
        }
    }

    private mutating func escape() throws(Complaint) {
        position += 1
        switch try peek() {
        case UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"),
            UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "\""):
            position += 1
        case UInt8(ascii: "u"):
            position += 1
            for _ in 0..<4 {
                switch try peek() {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"):
                    position += 1
                default: throw unexpected("in \\u hexadecimal character escape")
                }
            }
        default: throw unexpected("in string escape code")
        }
    }

    private mutating func literal(_ word: String) throws(Complaint) {
        for byte in word.utf8 {
            guard try peek() == byte else {
                let expected = Character(Unicode.Scalar(byte))
                throw unexpected("in literal \(word) (expecting '\(expected)')")
            }
            position += 1
        }
    }

    private mutating func number() throws(Complaint) {
        if try peek() == UInt8(ascii: "-") {
            position += 1
            guard isDigit(try peek()) else { throw unexpected("in numeric literal") }
        }
        if bytes[position] == UInt8(ascii: "0") { position += 1 } else { skipDigits() }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            guard isDigit(try peek()) else { throw unexpected("after decimal point in numeric literal") }
            skipDigits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            let sign = try peek()
            if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            guard isDigit(try peek()) else { throw unexpected("in exponent of numeric literal") }
            skipDigits()
        }
    }

    private mutating func skipDigits() {
        while position < bytes.count, isDigit(bytes[position]) { position += 1 }
    }

    private mutating func skipSpaces() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private func peek() throws(Complaint) -> UInt8 {
        guard position < bytes.count else { throw Complaint(words: "unexpected end of JSON input") }
        return bytes[position]
    }

    private func unexpected(_ context: String) -> Complaint {
        Complaint(words: "invalid character \(Self.quoted(bytes[position])) \(context)")
    }

    private static func quoted(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "'"): "'\\''"
        case UInt8(ascii: "\""): "'\"'"
        case UInt8(ascii: "\\"): "'\\\\'"
        case UInt8(ascii: "\n"): "'\\n'"
        case UInt8(ascii: "\t"): "'\\t'"
        case UInt8(ascii: "\r"): "'\\r'"
        case 0x20..<0x7F: "'\(Character(Unicode.Scalar(byte)))'"
        default: "'\\x\(hexadecimal([byte]))'"
        }
    }
}

/// The bytes as lower-case hexadecimal digits.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
