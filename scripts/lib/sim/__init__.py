"""The parts of scripts/sim."""
