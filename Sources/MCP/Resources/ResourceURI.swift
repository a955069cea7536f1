import HTTP
package import StateMachine

/// `session:///{name}` and `heap:///{heap}`: percent-encoded outside RFC 3986's unreserved characters.
package enum ResourceURI {
    package static func text(_ resource: Resource) -> String {
        let scheme =
            switch resource.kind {
            case .session: "session"
            case .heap: "heap"
            }
        return "\(scheme):///\(RequestTarget.percentEncoded(resource.name))"
    }

    /// - Returns: `nil` for what is no such URI.
    package static func resource(_ text: String) -> Resource? {
        for (kind, prefix) in [(Resource.Kind.session, "session:///"), (.heap, "heap:///")] where text.hasPrefix(prefix)
        {
            let encoded = Array(text.utf8.dropFirst(prefix.utf8.count))
            guard let name = RequestTarget.percentDecoded(encoded[...]) else { return nil }
            do {
                try Name.validate(name)
            } catch {
                return nil
            }
            return Resource(kind, name)
        }
        return nil
    }
}
