"""Commands whose output goes through ``| head``."""

import argparse
import functools
import os
import sys
from collections.abc import Callable

__all__ = ["ends_quietly"]

# What a shell reports of a program that SIGPIPE has ended.  None of the commands'
# own: that not all was looked at must not read as clean.
BROKEN_PIPE = 141


def ends_quietly(command: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Let a command end as grep does where nobody reads on what it prints."""

    @functools.wraps(command)
    def run(arguments: argparse.Namespace) -> int:
        try:
            status = command(arguments)
            print(end="", flush=True)
        except BrokenPipeError:
            # Else Python complains at its end of what it cannot flush.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)
            return BROKEN_PIPE
        return status

    return run
