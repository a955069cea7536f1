/// One header field to be sent.
package struct HTTPHeader: Sendable, Hashable {
    package let name: String
    package let value: String

    /// `name` must be a token: it is the program's own, so anything else is a broken invariant.
    ///
    /// Control characters in `value`, which may come from outside, become spaces: nothing that a client sent can end a
    /// header line and start another (RFC 9110, section 5.5).
    package init(_ name: String, _ value: String) {
        precondition(!name.isEmpty && name.utf8.allSatisfy(ASCII.isToken), "\(name) is no header name")
        self.name = name
        self.value = value.utf8.allSatisfy(ASCII.isFieldContent) ? value : HTTPHeader.sanitised(value)
    }

    private static func sanitised(_ value: String) -> String {
        String(decoding: value.utf8.map { ASCII.isFieldContent($0) ? $0 : ASCII.space }, as: UTF8.self)
    }
}
