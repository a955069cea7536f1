package import Bytes
package import StateMachine

/// Tags as JSON: an object of texts, in which `null` takes a tag away where that is allowed.
package enum TagArguments {
    /// The tags of an object, ascending by key.
    /// - Throws: when one is none, or when they are more than a heap may have.
    package static func tags(_ object: JSONObject) throws(ArgumentFailure) -> [HeapTag] {
        var tags: [HeapTag] = []
        for change in try changes(object) {
            guard let value = change.value else {
                throw ArgumentFailure(
                    String(decoding: change.key, as: UTF8.self), "is null; only a merge takes tags away")
            }
            tags.append(HeapTag(key: change.key, value: value))
        }
        guard HeapTag.areWithinLimits(tags) else { throw ArgumentFailure("tags", TagArguments.tooMany) }
        return tags
    }

    /// The changes of an object, ascending by key.
    package static func changes(_ object: JSONObject) throws(ArgumentFailure) -> [TagChange] {
        var changes: [TagChange] = []
        for member in object.members {
            let key = Array(member.key.utf8)
            guard member.value.isNull || member.value.string != nil else {
                throw ArgumentFailure(member.key, "is no text: tags map text to text")
            }
            let value = member.value.string.map { Array($0.utf8) }
            if let refusal = HeapTag.refusal(key: key, value: value) { throw ArgumentFailure(member.key, refusal) }
            changes.append(TagChange(key: key, value: value))
        }
        return changes.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    package static let tooMany = """
        would make more tags than a heap may have: at most \(HeapTag.maximumCount), of \(HeapTag.maximumBytes) bytes together
        """
}
