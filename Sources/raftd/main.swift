import Node

Daemon.main()
