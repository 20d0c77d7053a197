"""Seals: what proves that a file is what was saved, and says by what it was saved.

`import fastjoblib` imports next to nothing of this: most of it is needed only where
files are sealed.
"""

__all__ = ["MAGIC"]

MAGIC = b"fjseal\x01\n"
"""What a seal begins with, and ends with."""
