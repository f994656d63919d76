"""A term of the glossary explains itself: its definition is the hover text of every link to it."""

from functools import cache

from docutils import nodes


def setup(app):
    """Register with Sphinx."""
    app.connect("doctree-resolved", explain_terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def explain_terms(app, doctree, docname):
    """Give each link to a term its definition as title; glossary.js makes it a note."""
    for link in doctree.findall(nodes.reference):
        if any("std-term" in inner.get("classes", ()) for inner in link.findall(nodes.inline)):
            # In a book on one page an address is #page#anchor.
            anchor = link.get("refid") or link["refuri"].rpartition("#")[2]
            link["reftitle"] = definitions(app.env)[anchor]


@cache
def definitions(env) -> dict[str, str]:
    """The text of each definition by its anchor, from all the pages that define terms."""
    found = {}
    objects = env.domains["std"].get_objects()
    for page in {page for _, _, kind, page, _, _ in objects if kind == "term"}:
        for item in env.get_doctree(page).findall(nodes.definition_list_item):
            *terms, definition = item.children
            for anchor in (name for term in terms for name in term["ids"]):
                found[anchor] = definition.astext()
    return found
