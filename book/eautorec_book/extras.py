"""What the staged tree gets besides the chapters: the plan of a lecture, the small world, how to
cite, and buttons that lead to the published notebooks."""

from functools import partial
from pathlib import Path

import yaml

from eautorec_book import blackboard, cite, launch, lecture


def add(root: Path, target: Path, chapters: list[Path]) -> None:
    """Fill the pages that ask for something by a comment, and set the buttons."""
    plans = lecture.lectures()
    parts = {
        "five-users": lambda: blackboard.rating_table().reset_index().to_markdown(index=False),
        **{f"lecture {one['deck']}": partial(lecture.table, one, chapters) for one in plans},
        "decks": lambda: lecture.decks(root, chapters),
        "cite": lambda: cite.box(root),
    }
    for page in (target / "chapters").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        for name, make in parts.items():
            if (mark := f"<!-- {name} -->") in text:
                text = text.replace(mark, make())
        page.write_text(text, encoding="utf-8")
    (target / "chapters" / "five-users.csv").write_text(blackboard.ratings_file(), "utf-8")
    if name := launch.repository():
        settings = target / "_config.yml"
        config = launch.configure(yaml.safe_load(settings.read_text(encoding="utf-8")), name)
        settings.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
