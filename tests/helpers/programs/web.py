# SPDX-License-Identifier: BSD-3-Clause
"""A WSGI application, for a server whose `__main__` is the server's."""

import story
from package.program import Own


def application(environ, start_response):
    story.tell(Own(3), by_value=["package"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"told"]
