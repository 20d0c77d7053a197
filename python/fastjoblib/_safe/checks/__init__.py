"""Checks of values that compiled code trusts."""
