"""The parts of scripts/failover."""
