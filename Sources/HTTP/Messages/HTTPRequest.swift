/// A request as received, whole: head and body.
package struct HTTPRequest: Sendable {
    package let method: HTTPMethod
    package let version: HTTPVersion
    package let headers: HTTPHeaders
    /// The content; chunks are put together, trailers dropped.
    package internal(set) var body: [UInt8] = []
    /// Whether the client lets the connection go on after the answer (RFC 9112, section 9.3).
    package let keepAlive: Bool

    let methodRange: Range<Int>
    let pathRange: Range<Int>
    /// Without the question mark; nil when the target has none.
    let queryRange: Range<Int>?
    /// The authority of an absolute-form target, else the value of `Host`; nil when HTTP/1.0 left it out.
    let authorityRange: Range<Int>?

    /// The method as sent, for `.other`.
    package var methodText: String { String(decoding: headers.bytes[methodRange], as: UTF8.self) }

    /// The path of the target, still percent-encoded: visible ASCII that starts with `/`, or `*`.
    package var path: ArraySlice<UInt8> { headers.bytes[pathRange] }

    /// What follows the first `?`, still percent-encoded; nil without one.
    package var query: ArraySlice<UInt8>? { queryRange.map { headers.bytes[$0] } }

    /// Whom the client means, as `host` or `host:port`: the authority of an absolute target wins over `Host` (RFC 9112, section 3.2.2).
    package var authority: ArraySlice<UInt8>? { authorityRange.map { headers.bytes[$0] } }

    /// Whether the path is `text`. Allocates nothing.
    package func pathIs(_ text: String) -> Bool { headers.bytes.equals(text, in: pathRange) }
}
