# SPDX-License-Identifier: BSD-3-Clause
"""Put the pictures of docs/pictures/ into the page itself.

A picture that is only linked follows the system's colours, not the page's switch between light and dark, and
its words cannot be found or marked.
"""

import pathlib
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def inline(app: Sphinx, doctree: nodes.document) -> None:
    """Replace images by the text of their files; Sphinx warns of those that are not there."""
    for image in list(doctree.findall(nodes.image)):
        path = pathlib.Path(app.env.relfn2path(image["uri"], app.env.docname)[1])
        if path.suffix == ".svg" and path.parent.name == "pictures" and path.is_file():
            app.env.note_dependency(str(path))
            text = path.read_text(encoding="utf-8")
            picture = nodes.raw("", f'<div class="picture">{text}</div>', format="html")
            # An image in a line of its own is alone in its paragraph, which may not hold a block.
            parent = image.parent
            (parent if isinstance(parent, nodes.paragraph) and len(parent) == 1 else image).replace_self(picture)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx, before it copies images."""
    app.connect("doctree-read", inline, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
