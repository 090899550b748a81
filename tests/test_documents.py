"""The documents name what exists."""

import re
from pathlib import Path

import finsta
from tests.tiny_clips import write_clip

ROOT = Path(__file__).parent.parent
PACKAGE = Path(finsta.__file__).parent


def test_every_module_and_test_of_the_paper_map_exists():
    rows = [line for line in (ROOT / "docs" / "paper-map.md").read_text().splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[1:]]
    modules = [name for row in cells for name in re.findall(r"`([^`]+)`", row[3])]
    tests = [name for row in cells for name in re.findall(r"`([^`]+)`", row[4])]
    assert len(modules) > 15
    assert [name for name in modules if not (PACKAGE / name).exists()] == []
    assert [name for name in tests if not (ROOT / name).exists()] == []


def test_the_readme_has_code_by_line_30_and_is_short():
    lines = (ROOT / "README.md").read_text().splitlines()
    assert any("import finsta" in line for line in lines[:30])
    assert len(lines) < 150


def test_the_code_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    code = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[0]
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "clip.mp4", "blue")
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip() == "['walks past', 'opens']"
    assert (tmp_path / "report.html").is_file()


def test_links_between_documents_lead_somewhere():
    for document in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} → {target}"
