"""`python -m eautorec_book.verdict_picture`: the verdicts as one picture, for README and index.

The chapter of verdicts draws the same from its own run; this file is made of the recorded claims,
and a test holds it to them.
"""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from eautorec_book import figures, style
from eautorec_book.records import recorded

PLACE = Path("_static") / "verdicts.svg"


def write(path: Path) -> Path:
    """Draw the recorded claims into an SVG file: the same bytes for the same claims."""
    with mpl.rc_context():
        style.use()
        fig, axes = plt.subplots(1, 3, figsize=(7.2, 5.2), width_ratios=(3, 1, 1.6))
        fig.set_facecolor("white")  # README has no paper of its own
        figures.draw_verdicts(recorded("claims"), axes)
        fig.savefig(path, metadata={"Date": None}, facecolor="white")
        plt.close(fig)
    return path


if __name__ == "__main__":
    print(write(PLACE))
