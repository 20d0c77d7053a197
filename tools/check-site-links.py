# SPDX-License-Identifier: BSD-3-Clause
"""check-site-links.py FOLDER: find links of a built site that lead to no file, or to no place in it."""

import pathlib
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """Where a page leads, and the places in it that can be led to."""

    def __init__(self, path: pathlib.Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places = {""}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.places.add(value)
            elif name in ("href", "src") and value:
                self.links.append(value)


def main() -> int:
    """Print what leads nowhere, and how much was looked at."""
    root = pathlib.Path(sys.argv[1]).resolve()
    pages = {path: Page(path) for path in sorted(root.rglob("*.html"))}
    bad, local, outside = [], 0, set()
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                outside.add(link)
                continue
            local += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                bad.append(f"{path.relative_to(root)}: {link}: there is no such file")
            elif target in pages and unquote(parts.fragment) not in pages[target].places:
                bad.append(f"{path.relative_to(root)}: {link}: there is no such place")
    print(*bad, sep="\n", end="\n" if bad else "")
    for link in sorted(outside):
        print(f"not fetched: {link}")
    print(f"{len(pages)} pages, {local} local links, {len(bad)} of them lead nowhere")
    return int(bool(bad) or not local)


if __name__ == "__main__":
    sys.exit(main())
