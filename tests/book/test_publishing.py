"""What leaves the house: workflows, buttons, notebooks to be run elsewhere, how to cite."""

import json
import re
from pathlib import Path

import pytest
import yaml

from eautorec.errors import InputError
from eautorec_book import cite, extras, launch

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WRITES = {
    ("publish", "notebooks"): {"contents"},
    ("publish", "deploy"): {"pages", "id-token"},
    ("release", "publish"): {"attestations", "id-token"},
    ("study", "report"): {"issues"},
}


def jobs(workflow: Path) -> dict:
    return yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit_with_their_version(workflow):
    used = re.findall(r"uses: (.*)", workflow.read_text(encoding="utf-8"))
    assert used
    for line in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_each_job_states_its_few_permissions(workflow):
    assert yaml.safe_load(workflow.read_text(encoding="utf-8"))["permissions"] == {}
    for name, job in jobs(workflow).items():
        may_write = {what for what, how in job["permissions"].items() if how == "write"}
        assert may_write == WRITES.get((workflow.stem, name), set())
        assert job["timeout-minutes"]
        for step in job["steps"]:
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


def test_one_setting_comes_from_the_publishing_workflow():
    published = jobs(ROOT / ".github" / "workflows" / "publish.yml")
    assert published["book"]["env"][launch.SETTING] == "${{ github.repository }}"
    for other in ("checks", "study"):
        assert launch.SETTING not in (WORKFLOWS[0].parent / f"{other}.yml").read_text()
    assert not launch.SETTING.startswith("EAUTOREC_")  # chapters would be executed anew


def test_who_may_publish_a_release_runs_nothing_of_the_repository():
    """It gets the wheels from the job that built them, and the tag has to be their version."""
    build, publish = jobs(ROOT / ".github" / "workflows" / "release.yml").values()
    assert build["permissions"] == {"contents": "read"} and publish["needs"] == "build"
    assert not any("checkout" in step.get("uses", "") for step in publish["steps"])
    said = [step.get("run", "") for step in build["steps"]]
    assert sum("GITHUB_REF_NAME#v" in line for line in said) == 1
    assert not re.search(r"secrets\.", (WORKFLOWS[0].parent / "release.yml").read_text())


def test_the_lock_is_audited():
    steps = jobs(ROOT / ".github" / "workflows" / "checks.yml")["audit"]["steps"]
    assert any(
        "pip-audit" in step.get("run", "") and "requirements.lock" in step["run"] for step in steps
    )


@pytest.fixture
def staged(tmp_path):
    """A staged tree with the book's own settings."""
    (tmp_path / "chapters").mkdir()
    (tmp_path / "_config.yml").write_bytes((ROOT / "_config.yml").read_bytes())
    return tmp_path


def buttons(staged):
    extras.add(ROOT, staged, [])
    return yaml.safe_load((staged / "_config.yml").read_text(encoding="utf-8"))


def test_buttons_are_hidden_without_the_setting(staged, monkeypatch):
    monkeypatch.delenv(launch.SETTING, raising=False)
    config = buttons(staged)
    assert not any(config["launch_buttons"][service] for service in launch.SERVICES)


def test_buttons_lead_to_the_published_notebooks(staged, monkeypatch):
    monkeypatch.setenv(launch.SETTING, "some-body/a.book")
    config = buttons(staged)
    assert all(config["launch_buttons"][service] for service in launch.SERVICES)
    assert config["repository"] == {
        "url": "https://github.com/some-body/a.book",
        "branch": "launch",
    }
    monkeypatch.setenv(launch.SETTING, "https://github.com/some-body/a.book")
    with pytest.raises(InputError, match="owner/name"):
        launch.repository()


def notebook():
    code = {"cell_type": "code", "metadata": {}, "source": "1", "execution_count": 3}
    injected = {"tags": ["injected-parameters", "remove-cell"]}
    return {
        "cells": [
            code | {"id": "a", "outputs": [{"output_type": "stream"}]},
            code | {"id": "b", "outputs": [], "metadata": injected},
            {"cell_type": "markdown", "id": "provenance", "metadata": {}, "source": "commit"},
        ],
        "metadata": {"eautorec": {"key": "k"}, "kernelspec": {"name": "python3"}},
    }


def test_a_download_is_the_notebook_as_it_can_be_run():
    assert [cell["id"] for cell in launch.runnable(notebook(), "")["cells"]] == ["a"]
    made = launch.runnable(notebook(), "some-body/book")
    first, own = made["cells"]
    for place in ("some-body/book", "some-body/book#subdirectory=book"):
        assert f'git+https://github.com/{place}"' in first["source"]
    assert own["outputs"] == [] and own["execution_count"] is None
    assert made["metadata"] == {"kernelspec": {"name": "python3"}}


def test_the_first_cell_does_nothing_where_the_library_is():
    from IPython.core.interactiveshell import InteractiveShell

    asked = []
    shell = InteractiveShell()
    shell.system = asked.append
    source = launch.runnable(notebook(), "some-body/book")["cells"][0]["source"]
    assert shell.run_cell(source).success and asked == []
    hidden = source.replace('"eautorec_book"', '"no_such_library"').replace("%pip", "!pip")
    assert shell.run_cell(hidden).success and len(asked) == 1


def test_rewriting_a_committed_notebook_changes_its_first_cell_alone(tmp_path):
    chapter, copy = ROOT / "chapters" / "data.ipynb", tmp_path / "data.ipynb"
    launch.rewrite(chapter, copy, "some-body/book")
    before, after = (json.loads(path.read_text(encoding="utf-8")) for path in (chapter, copy))
    assert after["cells"][1:] == before["cells"]
    launch.rewrite(chapter, copy, "")
    assert copy.read_text(encoding="utf-8") == chapter.read_text(encoding="utf-8")


def test_binder_installs_the_pinned_packages_and_this_library():
    folder = ROOT / "binder"
    assert "-r ../requirements.lock" in (folder / "requirements.txt").read_text()
    assert (folder / "runtime.txt").read_text().startswith("python-3.11")
    assert "pip install --no-deps" in (folder / "postBuild").read_text()
    assert (folder / "postBuild").stat().st_mode & 0o111


def test_how_to_cite_comes_from_the_citation_file(monkeypatch):
    monkeypatch.delenv(launch.SETTING, raising=False)
    facts = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    box = cite.box(ROOT)
    for said in (facts["title"], facts["version"], facts["references"][0]["title"], "Seton"):
        assert said in box
    assert "github.com" not in box and "url = {https://arxiv.org" in box
    assert box.count("{") == box.count("}")
    monkeypatch.setenv(launch.SETTING, "some-body/book")
    assert cite.box(ROOT).count("https://github.com/some-body/book") == 2
