# SPDX-License-Identifier: BSD-3-Clause
"""Links to folders of the repository, which a code host shows, and a site does not have: their text stays.

Files that are no pages can be downloaded, as MyST has it. What does not exist is left to its warning.
"""

import pathlib
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform


class Folders(SphinxTransform):
    """Take the link from around the text where it leads to a folder."""

    default_priority = 5

    def apply(self, **kwargs: Any) -> None:
        for reference in list(self.document.findall(addnodes.pending_xref)):
            if reference.get("reftype") != "myst" or reference.get("refdomain") is not None:
                continue
            _, path = self.env.relfn2path(reference["reftarget"], self.env.docname)
            if pathlib.Path(path).is_dir():
                reference.replace_self(nodes.inline("", "", *reference.children))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform with Sphinx."""
    app.add_transform(Folders)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
