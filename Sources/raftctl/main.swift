import ArgumentParser

RaftctlCommand.main()
