"""The sum of the faults at the end of `make torture`."""

import os


def pytest_terminal_summary(terminalreporter):
    if not os.environ.get("TORTURE"):
        return
    met = {
        outcome: sum(
            number
            for report in terminalreporter.stats.get(outcome, ())
            for name, number in report.user_properties
            if name == "faults" and report.when == "call"
        )
        for outcome in ("passed", "failed")
    }
    terminalreporter.write_line(
        f"Faults: {sum(met.values())}; survived: {met['passed']}; "
        f"lost, in tests that failed: {met['failed']}."
    )
