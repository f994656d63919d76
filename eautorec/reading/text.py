"""The text of a file, whole lines at a time, in the encoding that is said."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from eautorec.errors import InputError
from eautorec.reading.unpack import chunks

LONGEST_LINE = 2**20
"""Characters of a line: no rating needs more, and other files have no lines at all."""


class Block(NamedTuple):
    """Whole lines; each ends with a line feed."""

    first_line: int
    text: str

    def lines(self) -> io.StringIO:
        """Its lines, one after another; other characters that Unicode calls line ends are kept."""
        return io.StringIO(self.text, newline="\n")


def encoding_name(encoding: str | None) -> str:
    """As Python calls it; None is UTF-8. A byte-order mark is no part of the text.

    Raises InputError for an unknown one.
    """
    try:
        name = codecs.lookup(encoding or "utf-8").name
        "".encode(name)  # the names of codecs that are no encodings end here
    except (LookupError, TypeError, UnicodeError):
        raise InputError(
            f"encoding is {encoding!r}: give one that Python knows, such as utf-8 or cp1252."
        ) from None
    return "utf-8" if name == "utf-8-sig" else name


def blocks(path: Path, encoding: str) -> Iterator[Block]:
    """The lines of the file, some megabytes at a time; every line end becomes a line feed.

    Raises
    ------
    InputError
        A byte that the encoding does not have, with its line; a file that is no text.
    """
    bytes_to_text = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)()
    decoder = io.IncrementalNewlineDecoder(bytes_to_text, translate=True)
    line, rest = 1, ""

    def decode(chunk: bytes, final: bool = False) -> str:
        try:
            text = decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            raise _undecodable(path, encoding, line, error) from None
        except UnicodeError as error:  # UTF-16 that does not say which of the two
            raise InputError(f"{path} is not {encoding.upper()}: {error}.") from None
        if "\0" in text:
            raise InputError(f"{path} is not a text file: give a file with one rating a line.")
        return text

    for chunk in chunks(path):
        text = rest + decode(chunk)
        whole, _, rest = text.rpartition("\n")
        if whole or text.startswith("\n"):
            yield Block(line, whole + "\n")
            line += whole.count("\n") + 1
        if len(rest) > LONGEST_LINE:
            raise InputError(
                f"{path}, line {line} is longer than {LONGEST_LINE:,} characters: give a file with "
                "one rating a line."
            )
    rest += decode(b"", final=True)
    if rest:
        yield Block(line, rest if rest.endswith("\n") else rest + "\n")


def beginning(path: Path, encoding: str, n_lines: int) -> Block:
    """The first lines of the file: so many or more, where it has them and they are not long."""
    text = ""
    for block in blocks(path, encoding):
        text += block.text
        if text.count("\n") >= n_lines or len(text) > 8 * LONGEST_LINE:
            break
    return Block(1, text)


def _undecodable(path: Path, encoding: str, line: int, error: UnicodeDecodeError) -> InputError:
    before, byte = error.object[: error.start], error.object[error.start]
    line += before.count(b"\n")
    place = f"{path}, line {line}: byte 0x{byte:02X} is not {encoding.upper()}"
    if line == 1 and error.object[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return InputError(f"{place}, but the file begins as UTF-16 does; give encoding='utf-16'.")
    return InputError(
        f"{place}; say how the file is written with encoding=, such as 'cp1252' (Windows) or "
        "'latin-1' (--encoding on the command line), or save it as UTF-8."
    )
