# SPDX-License-Identifier: BSD-3-Clause
"""The directive `command-help`: what the parser of a command says of itself."""

import contextlib
import io
import os
from typing import Any
from unittest import mock

from docutils import nodes
from docutils.parsers.rst import Directive
from fastjoblib.__main__ import main
from sphinx.application import Sphinx


def help_of(words: list[str]) -> str:
    """Return the help of a command, as it is in 80 columns without colours."""
    text = io.StringIO()
    environment = {"COLUMNS": "80", "NO_COLOR": "1"}
    with mock.patch.dict(os.environ, environment), contextlib.redirect_stdout(text):
        with contextlib.suppress(SystemExit):
            main([*words, "--help"])
    if not text.getvalue():
        raise ValueError(f"fastjoblib {' '.join(words)} --help printed nothing")
    return text.getvalue().rstrip()


class CommandHelp(Directive):
    """The help of the command that is named, or of all without a name."""

    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        text = help_of((self.arguments or [""])[0].split())
        return [nodes.literal_block(text, text, language="none")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive with Sphinx."""
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
