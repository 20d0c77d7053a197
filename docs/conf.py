# SPDX-License-Identifier: BSD-3-Clause
"""The site, which `make docs` builds.

Sphinx reads the repository from its root, so that a link from one page to another is the same
here as on a code host, also where it leads to benchmarks/ or to CHANGELOG.md.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "_site"))

import fastjoblib
from sphinx.ext.autodoc.mock import mock

# MLflow is large, and what its flavor says of itself can be had without it.
with mock(["mlflow"]):
    import mlflow

    mlflow.__version__ = "3"
    import fastjoblib.mlflow

project = "fastjoblib"
author = "the fastjoblib developers"
project_copyright = author
version = release = fastjoblib.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "command_line",
    "links",
    "pictures",
]
root_doc = "docs/index"
include_patterns = [
    "docs/**.md",
    "docs/**.rst",
    "benchmarks/results*.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
]
# Folders that would only be searched in vain.
exclude_patterns = [".git", ".venv", "build", "csrc", "python", "tests", "tools"]
# Names in single backticks, as NumPy has them, lead to what they name, if it is here.
default_role = "py:obj"

myst_heading_anchors = 3
# A block without a language is output, or a picture made of letters.
highlight_language = "none"
pygments_style = "tango"
pygments_dark_style = "github-dark"
copybutton_exclude = ".linenos, .gp, .go"

autodoc_member_order = "bysource"
# Types stand in the docstrings, in words; overloads would repeat each signature.
autodoc_typehints = "none"
autodoc_class_signature = "mixed"
maximum_signature_line_length = 60
napoleon_google_docstring = False
# Else attributes that the docstring lists and the class has would be there twice.
napoleon_use_ivar = True
napoleon_use_rtype = False
napoleon_use_admonition_for_examples = False
add_module_names = False
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = "fastjoblib"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
# The first page is docs/index.html, since the sources are; this leads there.
html_additional_pages = {"index": "to_docs.html"}
templates_path = ["_templates"]
