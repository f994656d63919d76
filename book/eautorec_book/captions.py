"""Tables of notebooks with a caption and a number, and numbers with a true minus sign.

A cell that shows a table names it as a cell that draws a figure does, in its metadata:
`"mystnb": {"figure": {"name": "tab-...", "caption": "..."}}`. It is the name that makes it a table:
it is counted as one, and its caption stands above it.
"""

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

from eautorec_book.typography import true_minus


class tabular(nodes.figure):
    """Holds a table that a notebook made, as a figure holds an image."""


class TablesOfNotebooks(SphinxTransform):
    """Turn the figures that are named as tables into tables, before anything is numbered."""

    default_priority = 20

    def apply(self, **kwargs):
        for figure in list(self.document.findall(nodes.figure)):
            if any(name.startswith("tab-") for name in figure["names"]):
                table = tabular(figure.rawsource, *figure.children, **figure.attributes)
                table["classes"].append("tabular")
                figure.replace_self(table)
                self.document.ids.update(dict.fromkeys(table["ids"], table))  # for numref


class TrueMinus(SphinxPostTransform):
    """Set negative numbers of the text with a minus sign; code and mathematics stay as they are."""

    default_priority = 900

    def run(self, **kwargs):
        for text in list(self.document.findall(nodes.Text)):
            left_alone = (nodes.literal, nodes.literal_block, nodes.math, nodes.raw)
            if not isinstance(text.parent, left_alone) and true_minus(text) != text:
                text.parent.replace(text, nodes.Text(true_minus(text)))


def setup(app):
    """Register with Sphinx."""
    shown = (
        lambda self, node: self.visit_figure(node),
        lambda self, node: self.depart_figure(node),
    )
    app.add_enumerable_node(tabular, "table", html=shown, singlehtml=shown)
    app.add_transform(TablesOfNotebooks)
    app.add_post_transform(TrueMinus)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
