"""Bugs put in on purpose, and what catches them."""
