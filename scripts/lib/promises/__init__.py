"""Load whose clients remember what they were promised, and whether it was kept."""
