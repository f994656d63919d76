"""A small Sphinx extension: pages that need no network, and no script that they do not use."""

import shutil
from importlib.util import find_spec
from pathlib import Path

from eautorec_book import captions, docstrings, glossary, launch, slides

TEMPLATES = Path(__file__).with_name("templates")

# What MathJax loads by itself: its bundle, and the extensions that some commands ask for.
MATHJAX_PARTS = ("tex-svg.js", "input/tex/extensions", "a11y")


def setup(app):
    """Register with Sphinx."""
    glossary.setup(app)
    captions.setup(app)
    docstrings.setup(app)
    app.connect("config-inited", lambda app, config: config.templates_path.append(str(TEMPLATES)))
    app.connect("html-page-context", needed_scripts, priority=900)
    app.connect("html-page-context", list_of_references)
    app.connect("builder-inited", complete_single_page)
    app.connect("build-finished", copy_mathjax)
    app.connect("build-finished", copy_explorer)
    app.connect("build-finished", launch.offer_downloads)
    app.connect("build-finished", slides.write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def needed_scripts(app, pagename, templatename, context, doctree):
    """Each script once, and none of thebe's: the first is an error in the browser's console, the
    second would fetch a program from elsewhere."""
    kept = {}
    for script in context.get("script_files", []):
        identity = f"{script.filename} {script.attributes.get('body')}"
        if "thebe" not in identity.lower():
            kept.setdefault(identity, script)
    context["script_files"] = list(kept.values())


def list_of_references(app, pagename, templatename, context, doctree):
    """The references are a list with items, by the names that screen readers know."""
    context["body"] = context.get("body", "").replace('role="doc-biblioentry"', 'role="listitem"')


def complete_single_page(app):
    """Let the book on a single page draw all that the pages can. Sphinx forgets this as soon as one
    extension names the single page by itself, as that of the exercises does."""
    known = app.registry.translation_handlers
    known["singlehtml"] = {**known.get("html", {}), **known.get("singlehtml", {})}


def copy_mathjax(app, exception):
    """Put MathJax beside the pages, after the build: scripts below `_static` before it would be
    loaded by every page, each extension one by one."""
    if exception or app.builder.format != "html":
        return
    package = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
    target = Path(app.outdir) / "_static" / "mathjax"
    for part in MATHJAX_PARTS:
        if (package / part).is_dir():
            shutil.copytree(package / part, target / part, dirs_exist_ok=True)
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(package / part, target / part)


def copy_explorer(app, exception):
    """Put the explorer's scripts and data beside the pages; only its own page asks for them."""
    source = Path(app.srcdir) / "explorer"
    if not exception and app.builder.format == "html" and source.is_dir():
        shutil.copytree(source, Path(app.outdir) / "_static" / "explorer", dirs_exist_ok=True)
