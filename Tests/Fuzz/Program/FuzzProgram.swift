import Fuzzing
import Glibc

/// `raftfuzz TARGET [libFuzzer's flags, folders and files]`: libFuzzer has the `main`, and calls what stands here.
/// `raftfuzz --targets` lists the targets, `raftfuzz --seeds FOLDER` writes the inputs that encoders make.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
    switch CommandLine.arguments.dropFirst().first {
    case "--targets"?:
        for target in FuzzTarget.all { print(target.name, target.longestInput) }
        exit(0)
    case "--seeds"? where count.pointee == 3:
        exit(SeedWriter.write(to: CommandLine.arguments[2]))
    case let name? where FuzzTarget.named(name) != nil:
        // Our own argument is none of libFuzzer's.
        arguments.pointee[1] = arguments.pointee[0]
        arguments.pointee += 1
        count.pointee -= 1
        return 0
    default:
        print("usage: raftfuzz TARGET [FLAG | FOLDER | FILE]... | --targets | --seeds FOLDER")
        exit(64)
    }
}

/// Shows one input to the target. A broken promise ends the process: libFuzzer keeps the input then.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try Chosen.target.run([UInt8](UnsafeBufferPointer(start: bytes, count: count)))
    } catch {
        fatalError("\(Chosen.target.name): \(error)")
    }
    return 0
}

private enum Chosen {
    /// The target of this process: its first argument.
    static let target: FuzzTarget = {
        guard let target = CommandLine.arguments.dropFirst().first.flatMap(FuzzTarget.named) else {
            fatalError("libFuzzer runs without a target")
        }
        return target
    }()
}
