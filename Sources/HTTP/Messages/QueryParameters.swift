/// The parameters of a query, decoded, in order. `+` is a space, as HTML forms and most client libraries send it.
package struct QueryParameters: Sendable {
    package struct Parameter: Sendable, Hashable {
        package let name: [UInt8]
        /// Empty both for `name=` and for `name`.
        package let value: [UInt8]
    }

    package let parameters: [Parameter]

    /// Fails when a percent sign is not followed by two hexadecimal digits. A missing query has no parameters.
    package init?(_ query: ArraySlice<UInt8>?) {
        var parameters: [Parameter] = []
        for part in (query ?? []).split(separator: UInt8(ascii: "&")) {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard let name = RequestTarget.decoded(part[..<equals], plusIsSpace: true),
                let value = RequestTarget.decoded(part[equals...].dropFirst(), plusIsSpace: true)
            else { return nil }
            parameters.append(Parameter(name: name, value: value))
        }
        self.parameters = parameters
    }

    /// The first value of `name`, which compares byte by byte.
    package func first(_ name: String) -> [UInt8]? {
        parameters.first { $0.name.elementsEqual(name.utf8) }?.value
    }

    /// All values of `name`, in order.
    package func all(_ name: String) -> [[UInt8]] {
        parameters.filter { $0.name.elementsEqual(name.utf8) }.map(\.value)
    }
}
