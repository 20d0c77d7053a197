"""Seals: what proves that a file is what was saved, and says by what it was saved."""
