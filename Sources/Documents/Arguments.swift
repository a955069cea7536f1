package import Bytes
package import StateMachine

/// Why the members of a JSON object are not what was asked for. Names the member.
package struct ArgumentFailure: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ name: String, _ reason: String) { description = "`\(name)` \(reason)" }
}

/// The members of a JSON object, read one by one. What is not known is refused, so that a slip of the pen never goes unnoticed.
package struct Arguments {
    private let object: JSONObject

    /// - Throws: when there is a member of another name.
    package init(_ object: JSONObject, allowed: [String]) throws(ArgumentFailure) {
        if let other = object.members.first(where: { !allowed.contains($0.key) }) {
            throw ArgumentFailure(other.key, "is not known here; there may be \(allowed.joined(separator: ", "))")
        }
        self.object = object
    }

    package subscript(name: String) -> JSONValue? { object[name] }

    /// The text of a member; `nil` when it is absent or `null`.
    package func text(_ name: String) throws(ArgumentFailure) -> [UInt8]? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let text = value.string else { throw ArgumentFailure(name, "is no text") }
        return Array(text.utf8)
    }

    /// The text of a member that has to be there.
    package func requiredText(_ name: String) throws(ArgumentFailure) -> [UInt8] {
        guard let text = try text(name) else { throw ArgumentFailure(name, "is missing") }
        return text
    }

    /// A ``Name``; `nil` when the member is absent or `null`.
    package func name(_ name: String) throws(ArgumentFailure) -> [UInt8]? {
        guard let text = try text(name) else { return nil }
        return try Arguments.checkedName(text, name)
    }

    package func requiredName(_ name: String) throws(ArgumentFailure) -> [UInt8] {
        try Arguments.checkedName(try requiredText(name), name)
    }

    package static func checkedName(_ text: [UInt8], _ name: String) throws(ArgumentFailure) -> [UInt8] {
        do {
            try Name.validate(text)
        } catch {
            throw ArgumentFailure(name, "\(error)")
        }
        return text
    }
}

extension SessionEntry {
    /// The members of an entry that a client gives.
    package static let members = ["input_heap", "output_heap", "output_fs", "code"]

    package init(_ arguments: Arguments) throws(ArgumentFailure) {
        self.init(
            inputHeap: try arguments.name("input_heap"), outputHeap: try arguments.requiredName("output_heap"),
            outputFS: try arguments.name("output_fs"), code: try arguments.requiredText("code"))
    }
}

extension ExpectedHead {
    /// Absent: anything; `null`: an empty session.
    package init(_ arguments: Arguments, _ name: String) throws(ArgumentFailure) {
        guard arguments[name] != nil else {
            self = .anything
            return
        }
        self = try arguments.name(name).map(ExpectedHead.heap) ?? .empty
    }
}
