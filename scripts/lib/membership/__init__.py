"""The parts of scripts/membership."""
