"""The parts of scripts/crash-loop: load, what was promised, and whether it was kept."""
