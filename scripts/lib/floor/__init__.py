"""What a put cannot be faster than on this machine: disks and wires without raftd. Used by scripts/latency."""
