"""The parts of scripts/disk-full."""
