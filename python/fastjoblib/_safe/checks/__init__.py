"""Checks of values that compiled code of others takes for granted."""
