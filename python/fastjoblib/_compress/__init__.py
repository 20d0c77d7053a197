"""Compression: the registry of methods, the coders around the standard library and zstd, and their files."""
