"""Commands whose output goes through ``| head``, or to a full disk."""

import argparse
import errno
import functools
import os
import sys
from collections.abc import Callable

__all__ = ["ends_quietly"]

# What a shell reports of a program that SIGPIPE has ended.  None of the commands'
# own: that not all was looked at must not read as clean.
BROKEN_PIPE = 141


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def _leave_output() -> None:
    """Keep Python from complaining at its end of what it cannot flush."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def ends_quietly(command: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Let a command end as grep does where nobody reads on what it prints."""

    @functools.wraps(command)
    def run(arguments: argparse.Namespace) -> int:
        try:
            status = command(arguments)
            print(end="", flush=True)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                _leave_output()
                return BROKEN_PIPE
            # Commands have seen to the errors of the files that they are given.
            if error.filename is None and error.errno in _FULL:
                _leave_output()
                print(f"fastjoblib: the output cannot be written: {error.strerror}", file=sys.stderr)
                return 2
            raise
        return status

    return run
