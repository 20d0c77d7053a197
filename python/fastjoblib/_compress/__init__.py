"""Compression: the registry of methods, the coders around the standard library and zstandard, and their files."""
