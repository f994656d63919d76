"""Where ratings come from, and how their file is to be read."""

from __future__ import annotations

from dataclasses import dataclass

from eautorec.arrays import Scale
from eautorec.errors import InputError
from eautorec.reading.columns import NUMBER

ALIASES = {
    "tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "colons": "::",
    "blank": " ", "blanks": " ", "space": " ",
}  # fmt: skip
"""Separators by name, which a command line takes more easily."""


@dataclass(frozen=True)
class How:
    """How a file is to be read; what is None is found out. The parameters of `read_ratings`."""

    columns: tuple[str | int, ...] | None = None
    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    missing: tuple[float | str, ...] = ()
    scale: Scale | None = None
    duplicates: str = "error"

    def __post_init__(self) -> None:
        if self.columns is not None:
            columns = tuple(self.columns)
            if len(columns) != 3 or len({*map(str, columns)}) != 3:
                raise InputError(
                    f"columns is {self.columns!r}: give three, for user, item and rating, by name "
                    "or number."
                )
            object.__setattr__(self, "columns", columns)
        if self.separator is not None:
            separator = ALIASES.get(self.separator, self.separator)
            if not separator or any(sign in separator for sign in '"\r\n'):
                raise InputError(
                    f"separator is {self.separator!r}: give what stands between two cells, such as "
                    "',', 'tab' or '::'."
                )
            object.__setattr__(self, "separator", separator)
        if self.decimal not in (None, ".", ","):
            raise InputError(f"decimal is {self.decimal!r}: it must be '.' or ','.")
        missing = self.missing if isinstance(self.missing, list | tuple) else (self.missing,)
        object.__setattr__(
            self,
            "missing",
            tuple(
                float(m) if NUMBER.fullmatch(str(m).strip()) else str(m).strip() for m in missing
            ),
        )


@dataclass(frozen=True)
class Source:
    """A file of ratings and how it is to be read, or the name of a published set.

    `load_ratings` takes it in the place of a name, and so does all that loads ratings again, such
    as the workers of a study. It is a path where a path is taken.
    """

    name: str
    how: How = How()

    def __str__(self) -> str:
        return self.name

    def __fspath__(self) -> str:
        return self.name
