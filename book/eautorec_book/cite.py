"""How to cite the book: text and BibTeX, both made from CITATION.cff."""

from pathlib import Path

import yaml

from eautorec_book import launch, provenance

BOX = """\
:::{{admonition}} Cite this book
:class: cite

```text
{text}
```

```bibtex
{bibtex}
```

Please cite the paper that it replicates too:

```bibtex
{paper}
```
:::"""


def box(root: Path) -> str:
    """The box for the page (MyST Markdown); its code blocks have a copy button."""
    cff = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    year = provenance.git(root, "log", "-1", "--format=%cs")[:4] or "undated"
    commit = provenance.git(root, "rev-parse", "--short", "HEAD") or "none"
    name = launch.repository()
    url = f"https://github.com/{name}" if name else ""
    who, title, version = authors(cff), cff["title"], cff["version"]
    text = f"{who} ({year}). {title}. Version {version}, commit {commit}."
    book = {
        "author": "{" + who + "}",
        "title": "{" + title + "}",
        "year": year,
        "version": version,
        "note": f"commit {commit}",
        "url": url,
    }
    paper = cff["references"][0]
    replicated = {
        "author": authors(paper),
        "title": "{" + paper["title"] + "}",
        "year": str(paper["year"]),
        "note": paper["notes"],
        "url": paper["url"],
    }
    return BOX.format(
        text=f"{text} {url}".strip(),
        bibtex=bibtex("software", "eautorec", book),
        paper=bibtex("misc", "saghebhaghighi2019explainable", replicated),
    )


def authors(entry: dict) -> str:
    """All authors of an entry, as BibTeX has them."""
    return " and ".join(
        person.get("name") or f"{person['family-names']}, {person['given-names']}"
        for person in entry["authors"]
    )


def bibtex(kind: str, key: str, fields: dict[str, str]) -> str:
    """A BibTeX entry of the fields that have a value."""
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])
