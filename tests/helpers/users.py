"""Become a user with few rights, for a while."""

import os
import sys
import traceback

import pytest

NOBODY = 65534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="root alone may give files away, and become another user")


def as_nobody(function, *arguments, group=NOBODY):
    """Call in a child process that is nobody, and in one more group; fail if it raises.

    What `function` needs must have been imported.
    """
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([group])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            function(*arguments)
            status = 0
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
