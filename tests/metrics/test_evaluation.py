"""A parser measured on three captions, by the library and by the command."""

import json
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from finsta.command_line.main import main
from finsta.graphs.exports.factual_csv import read_captions
from finsta.metrics.differences import ErrorKind
from finsta.metrics.evaluation import evaluate_text
from finsta.metrics.synonyms import BaseForms

ROWS = """caption,scene_graph
a man holds a red cup,"( man , hold , cup ) , ( cup , is , red )"
a dog sits on the sofa,"( dog , on , sofa )"
a wall,( house )
"""


class Flat:
    def encode(self, texts: list[str]) -> np.ndarray:
        return np.ones((len(texts), 2))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "captions.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def without_wordnet(monkeypatch: pytest.MonkeyPatch):
    for module in ("spice", "differences"):
        monkeypatch.setattr(import_module(f"finsta.metrics.{module}"), "default_synonyms", BaseForms)


def test_figures_by_hand(data: Path):
    """Caption 1 is right; 2 shares dog and sofa of 3 and 3 tuples; 3 shares nothing."""
    seen: list[tuple[int, int]] = []
    evaluation = evaluate_text(
        read_captions(data), parser="rules", encoder=Flat(), progress=lambda done, total: seen.append((done, total))
    )
    assert evaluation.captions == 3
    assert evaluation.set_match == pytest.approx(1 / 3)
    assert evaluation.spice == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert evaluation.soft_spice == pytest.approx(1.0)
    assert evaluation.captions_per_second > 0
    assert evaluation.counts() == {
        ErrorKind.RELATION_LABEL: (1, 1), ErrorKind.MISSING_OBJECT: (1, 1), ErrorKind.EXTRA_OBJECT: (1, 1)
    }  # fmt: skip
    assert evaluation.examples(ErrorKind.MISSING_OBJECT)[0][0] == "a wall"
    assert seen == [(3, 3)]


def test_an_unknown_parser_is_named(data: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["evaluate-text", str(data), "--parser", "guess"])
    assert "text parser 'guess': expected learned, rules" in capsys.readouterr().err


def test_the_command_prints_figures_classes_and_examples(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "out.json"
    main(["evaluate-text", str(data), "--parser", "rules", "--out", str(out)])
    printed = capsys.readouterr().out
    assert "33.33" in printed
    assert "a dog sits on the sofa: expected ( dog , on , sofa ), found ( dog , sit on , sofa )" in printed
    document = json.loads(out.read_text())
    assert document["parser"] == "rules"
    assert document["soft_spice"] is None
    assert document["errors"]["wrong relation label"] == {"errors": 1, "captions": 1}
    assert [wrong["found"] for wrong in document["wrong"]] == ["( dog , sit on , sofa )", "( wall )"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--limit", "-1"], "--limit: expected 0 or more, found -1"),
        (["--processes", "0"], "--processes: expected 1 or more, found 0"),
        (["--out", "."], "expected a file to write, found a folder"),
    ],
)
def test_options_are_checked_first(data: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str):
    with pytest.raises(SystemExit):
        main(["evaluate-text", str(data), *arguments])
    assert message in capsys.readouterr().err


def test_a_missing_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["evaluate-text", str(tmp_path / "none.csv")])
    assert "none.csv: expected a CSV file" in capsys.readouterr().err
