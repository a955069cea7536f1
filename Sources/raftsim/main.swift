import Glibc
import Simulation

exit(SimulatorCommand.main(CommandLine.arguments, reading: FileReader.read, note: StandardError.write))
