"""Restricted loading: which names a file may use, and what may be done with them."""
