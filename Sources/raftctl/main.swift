RaftctlCommand.start()
