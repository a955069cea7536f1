package import Bytes
package import StateMachine

/// Members of the object that is open: a name and what it has.
extension JSONWriter {
    package mutating func pair(_ name: String, _ text: String) {
        key(name)
        value(text)
    }

    /// - Parameter text: UTF-8.
    package mutating func pair(_ name: String, utf8 text: [UInt8]) {
        key(name)
        value(utf8: text)
    }

    /// - Parameter text: UTF-8; `nil` for null.
    package mutating func pair(_ name: String, optional text: [UInt8]?) {
        key(name)
        if let text { value(utf8: text) } else { null() }
    }

    /// An object of the tags.
    package mutating func pair(_ name: String, _ tags: [HeapTag]) {
        key(name)
        beginObject()
        for tag in tags { pair(String(decoding: tag.key, as: UTF8.self), utf8: tag.value) }
        endObject()
    }

    package mutating func pair(_ name: String, _ number: UInt64) {
        key(name)
        value(number)
    }

    package mutating func pair(_ name: String, _ flag: Bool) {
        key(name)
        value(flag)
    }

    package mutating func list(_ name: String, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { value(text) }
        endArray()
    }

    /// - Parameter texts: UTF-8.
    package mutating func list(_ name: String, utf8 texts: [[UInt8]]) {
        key(name)
        beginArray()
        for text in texts { value(utf8: text) }
        endArray()
    }

    /// Entries of a session log, each as an object of these members.
    package mutating func list(_ name: String, entries: [LoggedSessionEntry], showing fields: SessionFields = .all) {
        key(name)
        beginArray()
        for entry in entries { fields.write(entry, to: &self) }
        endArray()
    }

    /// Heaps, each as an object of its name and its tags.
    package mutating func list(_ name: String, heaps: [HeapAnswer.Heap]) {
        key(name)
        beginArray()
        for heap in heaps {
            beginObject()
            pair("heap", utf8: heap.name)
            pair("tags", heap.tags)
            endObject()
        }
        endArray()
    }

    /// The value of an entry: as text where it is text, else in base 64 under another name.
    package mutating func pair(value: [UInt8]) {
        if UTF8Text.isValid(value) {
            pair("value", utf8: value)
        } else {
            pair("value_base64", Base64.encode(value))
        }
    }
}
