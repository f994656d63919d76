"""From the staged tree to HTML pages, with every warning an error."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from eautorec_book.keys import digest, files_below


def build_pages(build: Path, source: Path) -> bool:
    """Build `build/html` from the staged tree if that changed; say whether all went well.

    Numbers of figures, equations and sections run through the whole book, so the pages are always
    made together. They replace the old ones only when all of them are clean.
    """
    html, stamp = build / "html", build / "html.key"
    makers = files_below(Path(__file__).parent)
    key = digest(source, files_below(source), digest(Path(__file__).parent, makers))
    if html.exists() and stamp.exists() and stamp.read_text() == key:
        print("  the pages are up to date")
        return True
    start = time.perf_counter()
    site = build / "site"
    shutil.rmtree(site, ignore_errors=True)
    if not run_jupyter_book(source, site, build / "build.log"):
        return False
    stamp.unlink(missing_ok=True)
    if html.exists():  # out of the way in one step: removed where it is, half of it would be seen
        os.replace(html, site / "old")
    os.replace(site / "_build" / "html", html)
    shutil.rmtree(site)
    stamp.write_text(key)
    print(f"  pages: {time.perf_counter() - start:.1f} s")
    return True


def run_jupyter_book(source: Path, site: Path, log: Path, builder: str = "html") -> bool:
    """Run jupyter-book quietly; print its warnings, and where its log is, only if it fails."""
    program = Path(sys.executable).with_name("jupyter-book")
    command = [str(program), "build", str(source)]
    options = ["--path-output", str(site), "--builder", builder, "-W", "--keep-going", "-n"]
    done = subprocess.run(
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        # It prints the folder's name, which where ASCII is spoken may have letters that are not.
        env={**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
    )
    log.write_text(done.stdout, encoding="utf-8")
    if done.returncode == 0:
        return True
    lines = done.stdout.splitlines()
    worrying = [line for line in lines if "WARNING" in line or "ERROR" in line] or lines[-20:]
    print("  The pages could not be built:", *worrying, sep="\n    ")
    print(f"    All that was said: {log}")
    return False
