import Bytes

extension JSONWriter {
    /// Writes a value as text where it is text, else in base 64 under another name.
    mutating func member(value: [UInt8]) {
        if UTF8Text.isValid(value) {
            key("value")
            self.value(utf8: value)
        } else {
            key("value_base64")
            self.value(Base64.encode(value))
        }
    }

    /// Writes a key and its value of the object that is open.
    mutating func member(_ name: String, _ number: UInt64) {
        key(name)
        value(number)
    }

    mutating func member(_ name: String, _ flag: Bool) {
        key(name)
        value(flag)
    }

    /// Writes a key, which is UTF-8.
    mutating func member(_ name: String, utf8 text: [UInt8]) {
        key(name)
        value(utf8: text)
    }
}
