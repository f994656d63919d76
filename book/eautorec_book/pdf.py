"""The whole book as one PDF, printed by a Chromium without a window: no TeX, and figures as drawn.

`python -m eautorec_book.pdf`, after the book was built; the handout is printed too.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

import yaml
from bs4 import BeautifulSoup
from jinja2 import Template

from eautorec.errors import InputError
from eautorec_book import provenance
from eautorec_book.build import run_jupyter_book

SETTING = "BOOK_BROWSER"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ON_A_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def find_browser() -> str:
    """The program that prints. Raises InputError, where there is none."""
    for name in (os.environ.get(SETTING, ""), *PROGRAMS, ON_A_MAC):
        if name and (found := shutil.which(name)):
            return found
    raise InputError(
        "No Chromium or Chrome was found to print the book: "
        f"install one, or set {SETTING} to its path."
    )


def print_page(browser: str, page: Path, target: Path) -> None:
    """Print an HTML file once its equations are drawn. Raises InputError, where that fails."""
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *QUIET, f"--user-data-dir={profile}"]
        options = ["--virtual-time-budget=120000", "--generate-pdf-document-outline"]
        options += ["--no-pdf-header-footer", f"--print-to-pdf={target}"]
        done = subprocess.run(
            [*command, *options, page.as_uri()], capture_output=True, text=True, timeout=1800
        )
    if done.returncode or not target.exists():
        raise InputError(f"{browser} could not print {page}: {done.stderr[-500:]}")


def prepare(html: str, facts: dict) -> str:
    """The whole book on a page, made ready for paper: with a title page and a list of contents, and
    without all that folds or is meant for a screen."""
    page = BeautifulSoup(html, "html.parser")
    for script in page.select("script"):
        if "mathjax" not in str(script).lower():
            script.decompose()
    for screen in page.select(
        "#pst-skip-link, #jb-print-docs-body, header, footer, dialog, nav, .bd-sidebar-primary, "
        ".bd-sidebar-secondary, .headerlink, .toctree-wrapper > p.caption, button, noscript"
    ):
        screen.decompose()
    for folded in page.select("details.hide"):
        told = folded.select_one("summary p").get_text()
        if told.endswith("passed"):  # of the checks, that they passed; the rest is on the screen
            line = page.new_tag("p")
            line.string = f"{told}."
            folded.replace_with(line)
    page.html["data-theme"] = page.html["data-mode"] = "light"
    for link in page.select("a[href]"):
        if not link["href"].startswith(("#", "http")):
            link.unwrap()
    for image in page.select("img[loading]"):
        del image["loading"]
    assets = files("eautorec_book").joinpath("assets")
    page.title.string = facts["title"]
    style = page.new_tag("style")
    style.string = assets.joinpath("pdf.css").read_text("utf-8")
    page.head.append(style)
    for mark in page.select('article span[id^="document-"]'):
        for heading in mark.find_next_sibling("section").select("h2, h3, h4, h5"):
            heading.name = f"h{int(heading.name[1]) - 1}"  # chapters hang below the first page
    chapters = {f"chapter-{n}": heading for n, heading in enumerate(page.select("article h1"))}
    for anchor, heading in chapters.items():
        heading["id"] = anchor
    template = Template(assets.joinpath("pdf.html").read_text("utf-8"))
    front = BeautifulSoup(template.render(chapters=chapters, **facts), "html.parser")
    page.select_one("article").insert(0, front)
    return str(page)


def facts(root: Path) -> dict[str, str]:
    """What the title page says of this copy."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    return {
        "title": config["title"],
        "commit": provenance.commit(root),
        "date": provenance.git(root, "log", "-1", "--format=%cs") or "undated",
    }


def main(root: Path) -> Path:
    """Print the book that was built last, and the handout; return the book's path."""
    browser = find_browser()
    build = root / "_build"
    if not (build / "src").exists() or not (build / "html").exists():
        raise InputError("Build the book before it is printed: make book.")
    site = build / "single"
    shutil.rmtree(site, ignore_errors=True)
    print("Printing the book", flush=True)
    if not run_jupyter_book(build / "src", site, build / "pdf.log", builder="singlehtml"):
        raise InputError("The single page could not be built.")
    single = site / "_build" / "singlehtml"
    [whole] = (single / "chapters").glob("*.html")
    page = single / "index.html"  # where its links to pictures and styles start from
    page.write_text(prepare(whole.read_text(encoding="utf-8"), facts(root)), encoding="utf-8")
    target = build / "eautorec-book.pdf"
    print_page(browser, page, target)
    handout = build / "html" / "slides" / "handout.html"
    print_page(browser, handout, build / "eautorec-handout.pdf")
    print(f"The book is in {target} ({target.stat().st_size / 1e6:.1f} MB)")
    return target


if __name__ == "__main__":
    try:
        main(Path.cwd())
    except InputError as error:
        sys.exit(str(error))
