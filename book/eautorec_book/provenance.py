"""Where a page's numbers come from: the commit, the machine, the date, the seconds."""

import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import nbformat


@dataclass(frozen=True)
class Machine:
    """What all the chapters of one run share."""

    commit: str
    device: str
    python: str
    torch: str


def machine(root: Path) -> Machine:
    """Look at the machine, and at the commit that the working tree stands on."""
    return Machine(commit(root), device(), platform.python_version(), version("torch"))


def device() -> str:
    """The accelerator's name, or CPU."""
    import torch  # here, because importing it takes seconds and an up-to-date book needs no look

    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else "CPU"


def commit(root: Path) -> str:
    """The short name of the current commit, and whether the tree differs from it."""
    name = git(root, "rev-parse", "--short", "HEAD")
    if not name:
        return "none (no git history)"
    return f"{name} with local changes" if git(root, "status", "--porcelain") else name


def git(root: Path, *arguments: str) -> str:
    """What a git command prints; nothing, where git or the history is missing."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def record(where: Machine, seconds: float, parameters: dict) -> dict:
    """The facts of one chapter's execution, ready for JSON."""
    return {
        "commit": where.commit,
        "seconds": round(seconds, 1),
        "date": datetime.now(UTC).date().isoformat(),
        "device": where.device,
        "python": where.python,
        "torch": where.torch,
        "parameters": parameters,
    }


def line(facts: dict) -> str:
    """One sentence of provenance, as the last line of a page (MyST Markdown)."""
    parts = [
        f"commit {facts['commit']}",
        f"executed in {facts['seconds']} s on {facts['date']}",
        f"{facts['device']}, Python {facts['python']}, torch {facts['torch']}",
    ]
    parts += [f"`{name} = {value!r}`" for name, value in facts["parameters"].items()]
    return f":::{{container}} provenance\nProvenance: {' · '.join(parts)}\n:::"


def seal(notebook: nbformat.NotebookNode, facts: dict, key: str) -> None:
    """Write the facts into an executed notebook, and take the machine's paths out of it."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        tags = cell.metadata.get("tags", [])
        if "injected-parameters" in tags:
            cell.metadata["tags"] = [*tags, "remove-cell"]
    notebook.cells.append(nbformat.v4.new_markdown_cell(line(facts), id="provenance"))
    notebook.metadata["eautorec"] = {"key": key, "facts": facts}
