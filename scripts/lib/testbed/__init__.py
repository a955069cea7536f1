"""What the scripts share: programs, nodes of a cluster on loopback, a client, figures. Python 3.11, standard library only."""
