# SPDX-License-Identifier: BSD-3-Clause
"""Shared by the tests: cases, strict comparison, stock controls, misbehaving streams, subprocesses."""
