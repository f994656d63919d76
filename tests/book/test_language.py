"""The words of the pages: one name for one thing, as book/WRITING.md has it."""

import re
from pathlib import Path

import nbformat
import pytest

from eautorec_book.toc import chapters

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book" / "eautorec_book"
PAGES = [*chapters(ROOT), Path("README.md")]
PAGES += [path.relative_to(ROOT) for path in sorted((BOOK / "exercises").glob("*.md"))]
PAGES += [(BOOK / "lecture.yml").relative_to(ROOT)]

OLD = {
    r"\b(she|her|hers|herself)\b": "they",
    r"\b(persons?|somebody)\b": "user",
    r"\bmovies?\b(?! ?lens)": "film",
    r"\bdice\b": "random list",
    r"\bbase rates?\b": "chance level",
    r"\bhabits?\b": "bias model",
    r"\bmost rated\b": "most popular",
    r"\bsorted by \$?E\b": "ranked by E",
    r"\bopen points?\b": "open choice",
    r"\bkept (aside|apart)\b": "validation ratings",
    r"\b(random|one|two|three|first) (start|starts|weights)\b": "seed, initial weights",
    r"\b(on record|recorded study)\b": "stored results",
    r"\bsilence\b": "not rated, silent",
    r"\bside by side\b": "concatenated (of r and e)",
    r"\bwhole matri(x|ces)\b": "dense",
    r"\b(lbfgs|optimizers?)\b": "L-BFGS, optimiser",
    r"\bin the place of\b": "in place of",
    r"\boutside of\b": "outside",
    r"[\d`] %": "no blank before %",
}
MATHEMATICS = re.compile(r"\$\$.*?\$\$", re.DOTALL)
CODE = re.compile(
    r"```(?:bash|python|text|json|yaml|mermaid|\{eval-rst\}).*?```|`[^`\n]+`", re.DOTALL
)
CITED = re.compile(r"\{cite:?\w*\}`[^`]*`|\]\([^)]*\)|^#.*MovieLens.*$")


def words(page: Path) -> str:
    """All that a reader reads of a page: text, captions, alternative texts; no code."""
    path = ROOT / page
    if path.suffix != ".ipynb":
        return without_code(path.read_text(encoding="utf-8"))
    said = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            said.append(cell.source)
        shown = cell.metadata.get("mystnb", {})
        said += [shown.get("figure", {}).get("caption", ""), shown.get("image", {}).get("alt", "")]
    return without_code("\n\n".join(said))


def without_code(text: str) -> str:
    """A back quote stays where code was, so that what follows it is still seen."""
    for part, left in ((MATHEMATICS, " "), (CITED, " "), (CODE, "`")):
        text = part.sub(left, text)
    return text


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_old_words_do_not_return(page):
    text = words(page)
    found = [
        f"{match.group()!r} (say: {new}): {text[max(0, match.start() - 30) : match.end() + 30]!r}"
        for old, new in OLD.items()
        for match in re.finditer(old, text, re.IGNORECASE)
    ]
    assert not found, "\n".join(found)


def test_a_blank_before_a_percent_sign_is_found():
    [blank] = (old for old, new in OLD.items() if new == "no blank before %")
    for text in ("{glue:text}`data::x:.0f` % of it", "5 % of it"):
        assert re.search(blank, without_code(text))
    for text in ("{glue:text}`data::x:.0f`% of it", "5% of it"):
        assert not re.search(blank, without_code(text))


@pytest.mark.parametrize("page", [p for p in PAGES if p.suffix == ".ipynb"], ids=str)
def test_tables_have_a_caption_and_a_name(page):
    for cell in nbformat.read(ROOT / page, as_version=4).cells:
        if cell.cell_type == "code" and re.search(r"^table\(", cell.source, re.MULTILINE):
            shown = cell.metadata.get("mystnb", {}).get("figure", {})
            assert shown.get("name", "").startswith("tab-"), cell.source
            assert len(shown.get("caption", "")) > 30, cell.source
