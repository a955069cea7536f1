import Glibc
import Simulation

exit(SimulatorCommand.main(CommandLine.arguments))
