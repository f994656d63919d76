"""What the commands print: JSON for programs, tables and sentences for people."""

from __future__ import annotations

import json
import re
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What moves the cursor, clears the screen, renames the window or turns letters round."""


def harmless(text: str) -> str:
    """The text as a terminal may show it, on one line: a title or a label may hold control codes,
    and they are written out, as \\x1b."""
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def print_contributions(frame: pd.DataFrame, name: str, n: int = 5) -> None:
    """The largest contributions, and the sum of the others."""
    first = frame.head(n)
    rows = [
        [str(row[name]), f"{row['rating']:g}", f"{row['contribution']:+.4f}"]
        for row in first.to_dict("records")
    ]
    rest = frame["contribution"].sum() - first["contribution"].sum()
    if len(frame) > n:
        rows.append([f"{len(frame) - n:,} others", "", f"{rest:+.4f}"])
    head = "because you rated" if name == "title" else "because of user"
    print_table([head, "rating", "adds"], "lrr", rows)


def print_json(content: object) -> None:
    # JSON has a way to write any letter in ASCII, where the output takes no other.
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(content, indent=2, ensure_ascii=not unicode)
    # Of the control codes JSON itself writes out only those below 32; the others stand in strings.
    print(re.sub(r"[^\n -~]", lambda found: _in_json(found[0]), text))


def _in_json(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if CONTROL.match(letter) else letter


def print_text(text: str) -> None:
    from rich.console import Console

    lines = "\n".join(map(harmless, text.split("\n")))
    Console(width=_width(), highlight=False).print(lines, markup=False)


def print_table(header: list[str], align: str, rows: list[list[str]]) -> None:
    """Print a table; `align` has a letter for each column: l(eft) or r(ight)."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, side in zip(header, align, strict=True):
        # A long title goes on in a second line; numbers keep their width.
        numeric = side == "r"
        table.add_column(name, justify="right" if numeric else "left", no_wrap=numeric)
    for row in rows:
        table.add_row(
            *(Text(harmless(cell)) for cell in row)
        )  # as Text, since a title may hold [brackets]
    Console(width=_width(), highlight=False).print(table)


def _width() -> int:
    return min(shutil.get_terminal_size((80, 24)).columns, 100)
