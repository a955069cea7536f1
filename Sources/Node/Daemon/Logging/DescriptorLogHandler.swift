import Documents
import Glibc
package import Logging

/// Writes each event as one line with one call, so that lines of several threads do not mix.
struct DescriptorLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    let format: LogFormat
    let descriptor: Int32

    init(level: Logger.Level, format: LogFormat, descriptor: Int32) {
        logLevel = level
        self.format = format
        self.descriptor = descriptor
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        // What is said of this event is nearer than what holds for all.
        for more in [metadataProvider?.get(), event.metadata] { fields.merge(more ?? [:]) { _, nearer in nearer } }
        if let error = event.error { fields["error"] = "\(error)" }
        let line = LogLine(
            time: UTCTime.text(milliseconds: WallClock.milliseconds), level: event.level,
            message: event.message.description, metadata: fields)
        let bytes = line.bytes(as: format)
        // discarded: there is no other place to tell that the log cannot be written
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}

extension Logger {
    /// The logger that the options ask for.
    /// - Parameter descriptor: where lines go; stderr.
    package static func make(_ options: Options, descriptor: Int32 = STDERR_FILENO) -> Logger {
        Logger(label: "raftd") { _ in
            DescriptorLogHandler(level: options.logLevel, format: options.logFormat, descriptor: descriptor)
        }
    }
}
