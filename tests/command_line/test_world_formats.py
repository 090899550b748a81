"""``finsta world --formats``: published formats beside the world, by name, on a second call too."""

from finsta.data.datasets import open_dataset
from tests.command_line.test_commands import failure, run


def test_formats_are_written_below_the_world(tmp_path, capsys):
    world = ("world", "--clips", 10, "--size", 32, "--out", tmp_path / "w")
    run(*world, "--formats", "msvd, k400")
    assert "wrote msvd, kinetics400 to" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "w" / "formats").iterdir()} == {"msvd", "kinetics400"}
    assert len(list(open_dataset("msvd", tmp_path / "w" / "formats" / "msvd", "train").samples())) == 7
    run(*world, "--formats", "violin")
    assert (tmp_path / "w" / "formats" / "violin" / "violin_annotation.json").is_file()


def test_a_format_that_is_none_is_told_before_anything_is_rendered(tmp_path, capsys):
    told = failure(capsys, "world", "--out", tmp_path / "w", "--formats", "msvd,ucf101")
    assert "expected all, or some of kinetics400" in told
    assert not (tmp_path / "w").exists()
