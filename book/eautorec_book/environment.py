"""A closed room for the kernels: this Python, one thread, no settings from the user's home."""

import json
import os
import sys
from pathlib import Path

THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")


def kernel_environment(build: Path) -> dict[str, str]:
    """Environment variables for executing chapters, and the kernel that they lead to.

    Kernels, settings and caches that happen to be on the machine are not found. Each chapter gets
    one thread: several run side by side, and threads that compete make all of them slower.
    """
    jupyter = build / "jupyter"
    write_kernel(jupyter)
    variables = {f"{name}_NUM_THREADS": "1" for name in THREADS}
    return variables | {
        "JUPYTER_PATH": str(jupyter),
        "JUPYTER_CONFIG_DIR": str(jupyter / "config"),
        "JUPYTER_DATA_DIR": str(jupyter / "data"),
        "IPYTHONDIR": str(jupyter / "ipython"),
        "MPLCONFIGDIR": str(jupyter / "matplotlib"),
        "PYTHONNOUSERSITE": "1",
        # A dependency looks for progress bars made of widgets, which the pages do without.
        "PYTHONWARNINGS": "ignore:IProgress not found",
    }


def enter(variables: dict[str, str]) -> None:
    """Let this process, and the kernels that it starts, have these variables."""
    os.environ.update(variables)


def write_kernel(jupyter: Path) -> None:
    """Describe a kernel named `python3` that is this very Python, whatever else is installed."""
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {
        "argv": [*command, "--IPKernelApp.log_level=50"],
        "display_name": "Python 3",
        "language": "python",
    }
    folder = jupyter / "kernels" / "python3"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
