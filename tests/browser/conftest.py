"""The built book in a real browser that can reach nothing but the book.

Tests here run where the book is built, and Playwright and a Chromium are found: `make browser`.
BOOK_HTML names another folder than _build/html.
"""

import os
import shutil
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

HTML = Path(os.environ.get("BOOK_HTML", Path(__file__).parents[2] / "_build" / "html")).resolve()
FILES = [file.relative_to(HTML) for file in HTML.rglob("*.html")]
PAGES = sorted(file.as_posix() for file in FILES if file.parts[0] not in ("_static", "index.html"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
).split()
PATIENCE = 120_000
"""Milliseconds that a busy machine may take for a page."""

STILL = "*, ::before, ::after { transition: none !important; animation: none !important; }"
TWO_FRAMES = "() => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))"


def pytest_collection_modifyitems(items):
    """Everything in this folder has the mark, which leaves it out of `make test`."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Side by side run the tests of different pages: those of one page share its tab.

    The groups of `--dist loadgroup` are lost without a word in pytest 9.2 (pytest-xdist #1386).
    """
    from xdist.scheduler import LoadScopeScheduling

    class PageByPage(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file, _, case = nodeid.partition("[")
            page = next((page for page in PAGES if page in case), "")
            return f"{file.split('::')[0]} {page}"

    return PageByPage(config, log)


def pytest_generate_tests(metafunc):
    """A test that asks for `name` runs on every page of the book, page after page."""
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", PAGES or ["no page"], scope="module")


@pytest.fixture(scope="session")
def book() -> Path:
    """The folder of the built book."""
    if not PAGES:
        pytest.skip(f"the book is not built: no page in {HTML}")
    return HTML


@pytest.fixture(scope="session")
def pages(book) -> list[str]:
    """The names of all its pages."""
    return PAGES


@pytest.fixture(scope="session")
def server(book):
    """The address of the book on a server of this machine."""
    handler = partial(QuietHandler, directory=str(book))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests: Playwright cannot be started twice."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    with playwright.sync_playwright() as running:
        program = found or running.chromium.executable_path
        if not Path(program).exists():
            pytest.skip("no Chromium is installed")
        browser = running.chromium.launch(executable_path=program, args=QUIET, timeout=PATIENCE)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A tab, and what happened in it: the errors on its console, the requests to elsewhere."""

    page: object
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def resize(self, width: int) -> None:
        """Another width, with everything in its place: nothing slides there."""
        self.page.add_style_tag(content=STILL)
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.evaluate(TWO_FRAMES)


@contextmanager
def tab(browser, address: str, width: int = 1440):
    """A new tab with its page drawn; it can reach files and this machine."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.set_default_timeout(PATIENCE)
    seen = Visit(context.new_page())
    context.route("**/*", partial(refuse_elsewhere, seen))
    seen.page.on("console", lambda m: m.type == "error" and seen.errors.append(m.text))
    seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
    seen.page.goto(address)
    # The script of the mathematics may come after the page; until then MathJax holds settings only.
    seen.page.wait_for_function("() => !window.MathJax || window.MathJax.startup?.promise")
    seen.page.evaluate("() => window.MathJax?.startup?.promise")
    yield seen
    context.close()


def refuse_elsewhere(seen: Visit, route) -> None:
    """Let pass what lies in the book's folder or on this machine; note and refuse all else."""
    address = route.request.url
    if address.startswith(("file:", "data:", "blob:", "http://127.0.0.1:")):
        return route.continue_()
    seen.elsewhere.append(address)
    route.abort()


@pytest.fixture
def visit(chromium, book):
    """Open tabs: `visit(address, width=390)`."""
    with ExitStack() as tabs:
        yield lambda *asked, **options: tabs.enter_context(tab(chromium, *asked, **options))


@pytest.fixture(scope="module")
def opened(chromium, book, name) -> Visit:
    """A page opened from its folder, for all the tests that look at it."""
    with tab(chromium, (book / name).as_uri()) as seen:
        yield seen
