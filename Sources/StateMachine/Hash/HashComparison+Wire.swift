import Bytes
import Raft

// The bytes of a report and of a comparison. Integers are little-endian; a count is a varint.
//
//     report
//       instance       2 × u64   high, low
//       index          u64
//       version        u32
//       hash           2 × u64   high, low
//
//     comparison
//       index          u64
//       mismatch index u64
//       n, n × report            ascending by instance
//       n, n × instance          the convicted, ascending
extension HashReport {
    func encode(into writer: inout ByteWriter) {
        writer.append(instance)
        writer.append(index)
        writer.append(version)
        writer.append(hash.high)
        writer.append(hash.low)
    }

    init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        instance = try reader.readRandomID()
        index = try reader.readUInt64()
        version = try reader.readUInt32()
        hash = StateHash(high: try reader.readUInt64(), low: try reader.readUInt64())
    }
}

extension HashComparison {
    func encode(into writer: inout ByteWriter) {
        writer.append(index)
        writer.append(mismatchIndex)
        writer.appendVarint(UInt64(reports.count))
        for report in reports { report.encode(into: &writer) }
        writer.appendVarint(UInt64(convicted.count))
        for instance in convicted { writer.append(instance) }
    }

    init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let index = try reader.readUInt64()
        let mismatchIndex = try reader.readUInt64()
        var reports: [HashReport] = []
        for _ in 0..<(try reader.readCount(minimumSize: HashReport.byteCount)) {
            let report = try HashReport(reading: &reader)
            guard report.index == index, reports.last.map({ $0.instance < report.instance }) ?? true else {
                throw .malformed("the report of \(report.instance) is out of order, or of another comparison")
            }
            reports.append(report)
        }
        var convicted: [InstanceID] = []
        for _ in 0..<(try reader.readCount(minimumSize: 16)) {
            let instance = try reader.readRandomID()
            guard convicted.last.map({ $0 < instance }) ?? true else {
                throw .malformed("the conviction of \(instance) is out of order")
            }
            convicted.append(instance)
        }
        guard mismatchIndex <= index else {
            throw .malformed("the comparison at \(index) knows of one at \(mismatchIndex)")
        }
        self.init(index: index, reports: reports, mismatchIndex: mismatchIndex, convicted: convicted)
    }
}
