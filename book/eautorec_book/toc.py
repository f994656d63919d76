"""Which files are the book's chapters: `_toc.yml` is the only list of them."""

from pathlib import Path

import yaml


def chapters(root: Path) -> list[Path]:
    """The chapters' files, relative to `root`, in reading order."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    entries = [{"file": toc["root"]}]
    for part in toc["parts"]:
        entries += part["chapters"]
    return [find(root, entry["file"]) for entry in entries]


def find(root: Path, name: str) -> Path:
    """The notebook or the Markdown file that an entry without a suffix stands for."""
    for suffix in (".ipynb", ".md"):
        if (root / name).with_suffix(suffix).is_file():
            return Path(name).with_suffix(suffix)
    raise FileNotFoundError(f"_toc.yml lists {name}, but there is no {name}.ipynb and no {name}.md")
