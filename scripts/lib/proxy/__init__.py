"""The parts of scripts/proxy."""
