"""The sum of the faults at the end of `make torture`."""

import os


def pytest_terminal_summary(terminalreporter):
    if not os.environ.get("TORTURE"):
        return
    met, lost = 0, 0
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            if report.when == "call":
                met += sum(name == "fault" for name, _ in report.user_properties)
                lost += outcome == "failed"  # a test ends with the first that is not survived
    terminalreporter.write_line(f"Faults: {met}; survived: {met - lost}; lost: {lost}.")
