"""A page is light, and there at once."""

from collections import Counter
from dataclasses import dataclass

import pytest

MEGABYTE = 1e6
SECONDS = 1.0
TRIES = 8  # of a slow page: the machine may be busy with something else

OBSERVE = """new PerformanceObserver(list => { window.paint = list.getEntries().at(-1); })
  .observe({ type: "largest-contentful-paint", buffered: true })"""


@dataclass
class Load:
    """The files of a page with their sizes, and when its largest part was painted."""

    sizes: dict[str, int]
    seconds: float


def load(browser, address: str) -> Load:
    """Open a page with an empty cache and watch it."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    page, sizes = context.new_page(), {}
    page.on("response", lambda r: sizes.update({r.url.partition("?")[0]: size(r)}))
    page.add_init_script(OBSERVE)
    page.goto(address, wait_until="load")
    page.wait_for_function("window.paint")
    page.wait_for_timeout(300)
    seconds = page.evaluate("window.paint.startTime") / 1000
    context.close()
    return Load(sizes, seconds)


def size(response) -> int:
    """The bytes that a server without compression sends."""
    return int(response.headers.get("content-length", 0))


@pytest.fixture(scope="session")
def loads(chromium, server, pages):
    """Every page of the book and one deck, loaded from a local server; again, where it was slow."""
    decks = [name for name in pages if name.startswith("slides/")]
    measured = [name for name in pages if name not in decks[1:]]
    found = {name: load(chromium, f"{server}/{name}") for name in measured}
    for name, one in found.items():
        for _ in range(TRIES - 1):
            if one.seconds < SECONDS:
                break
            one.seconds = min(one.seconds, load(chromium, f"{server}/{name}").seconds)
    return found


def test_a_page_weighs_little_beside_what_all_share(loads):
    times = Counter(file for one in loads.values() for file in one.sizes)
    shared = {f for f, n in times.items() if n > 1 and f.endswith((".js", ".css", ".woff2"))}
    own, most_shared = {}, 0
    for name, one in loads.items():
        own[name] = sum(n for file, n in one.sizes.items() if file not in shared)
        most_shared = max(most_shared, sum(one.sizes.values()) - own[name])
    heaviest = max(own, key=own.get)
    print(f"\nheaviest: {heaviest}, {own[heaviest] / MEGABYTE:.2f} MB, beside shared scripts and")
    print(f"styles of {most_shared / MEGABYTE:.2f} MB at most")
    assert own[heaviest] < 1.5 * MEGABYTE


def test_the_largest_part_is_painted_within_a_second(loads):
    slowest = max(loads, key=lambda name: loads[name].seconds)
    print(f"\nslowest: {slowest}, {loads[slowest].seconds:.2f} s")
    assert loads[slowest].seconds < SECONDS
