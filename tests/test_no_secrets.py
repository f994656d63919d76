"""No key and no password in any file of the repository."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PATTERNS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "AWS": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})",
    "PyPI": r"\bpypi-[A-Za-z0-9_-]{50,}",
    "Hugging Face": r"\bhf_[A-Za-z0-9]{30,}",
    "Google": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "Slack": r"\bxox[abposr]-[0-9A-Za-z-]{10,}",
    "key": r"\bsk-[A-Za-z0-9_-]{32,}",
    "address": r"\b[a-z][a-z0-9+.-]*://[^\s/:@{}$\"'<>]+:[^\s/:@{}$\"'<>]+@",
    "password": (
        r"(?i)\b(?:password|passwd|secret|api_?key|token)\b\s*[:=]\s*"
        r"['\"][^'\"\s]{12,}['\"]"
    ),
}
"""What a secret looks like, by whose it is."""


def secrets_in(text):
    """(line, counted from 1; whose) of what looks like a secret. Never the secret itself."""
    return [
        (number, name)
        for number, line in enumerate(text.splitlines(), start=1)
        for name, pattern in PATTERNS.items()
        if re.search(pattern, line)
    ]


def test_the_repository_holds_none():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if listed.returncode:
        pytest.skip("no repository")
    names = [name for name in listed.stdout.decode().split("\0") if (ROOT / name).is_file()]
    assert "README.md" in names
    found = {
        name: secrets_in((ROOT / name).read_text(encoding="utf-8", errors="replace"))
        for name in names
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("name", "parts"),
    [  # in parts, so that this file holds none either
        ("private key", ("-----BEGIN RSA ", "PRIVATE KEY-----")),
        ("AWS", ("AKIA", "A1B2C3D4E5F6G7H8")),
        ("GitHub", ("ghp_", "a1" * 18)),
        ("PyPI", ("pypi-", "Ag" * 30)),
        ("Hugging Face", ("hf_", "aB" * 17)),
        ("Google", ("AIza", "a1b2c" * 7)),
        ("Slack", ("xoxb-", "1234567890-abc")),
        ("key", ("sk-", "a1" * 20)),
        ("address", ("https://me", ":word@example.org/")),
        ("password", ("pass", "word = 'correct-horse-battery'")),
    ],
)
def test_each_kind_is_found(name, parts):
    assert secrets_in("first\nhere: " + "".join(parts)) == [(2, name)]
    assert secrets_in("".join(parts)[:-1] if name == "AWS" else parts[0]) == []
