"""No link and no anchor inside the book leads nowhere."""

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit


class Reader(HTMLParser):
    """The anchors of a page, and the addresses that it asks for."""

    def __init__(self):
        super().__init__()
        self.anchors, self.addresses = set(), []

    def handle_starttag(self, tag, attrs):
        """Collect names and addresses of every kind of element."""
        for key, value in attrs:
            if key == "id" or (tag == "a" and key == "name"):
                self.anchors.add(value)
            elif key in ("href", "src", "data-src") and value and tag != "base":
                self.addresses.append(value)


@cache
def read(page: Path) -> Reader:
    """What a page has and asks for."""
    reader = Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


def test_links_and_anchors_exist(book, name):
    page, broken = book / name, []
    for address in read(page).addresses:
        path, anchor = urldefrag(address)
        if urlsplit(address).scheme or address.startswith("//"):
            continue
        target = (page.parent / unquote(urlsplit(path).path)).resolve() if path else page
        if not target.is_file() or (
            target.suffix == ".html" and anchor and unquote(anchor) not in read(target).anchors
        ):
            broken.append(address)
    assert not broken
