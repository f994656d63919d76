"""The look of the figures: one style file, five colours, one way to draw each model.

The colours differ in lightness too, and each model has its own dash and marker, so that figures
read in grey print and with any colour vision.
"""

from pathlib import Path

import matplotlib.pyplot as plt

AUTOREC = "#0072B2"  # blue
EAUTOREC = "#D55E00"  # vermillion
CONTROL1 = "#009E73"  # green
CONTROL2 = "#CC79A7"  # purple
PAPER = "#5B5B5B"  # grey: what the paper states

# Ready for plt.plot(x, y, **AUTOREC_LINE).
AUTOREC_LINE = {"color": AUTOREC, "linestyle": "-", "marker": "o", "label": "AutoRec"}
EAUTOREC_LINE = {"color": EAUTOREC, "linestyle": "--", "marker": "s", "label": "E-AutoRec"}
PAPER_LINE = {"color": PAPER, "linestyle": ":", "label": "the paper"}


def use() -> None:
    """Apply the style; in a notebook, also draw figures as SVG, the same bytes in every run."""
    plt.style.use(Path(__file__).with_name("eautorec.mplstyle"))
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    if get_ipython() is not None:
        set_matplotlib_formats("svg", metadata={"Date": None}, bbox_inches=None)
