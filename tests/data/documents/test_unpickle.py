"""The restricted unpickler: plain values come through whole, and nothing that a pickle asks for is ever run."""

import builtins
import codecs
import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from finsta.data.documents.unpickle import read_pickle
from finsta.errors import FormatError, InputError

PLAIN = {
    "text": ["ä", b"\x00\xff", 3, 2.5, None, True, (1, 2), {"a": {3}}, frozenset({4}), complex(1, 2), bytearray(b"x")],
    "arrays": (np.arange(6, dtype=np.float32).reshape(2, 3), np.array([], np.int64), np.array(["ab", "c"])),
    "scalars": [np.float64(1.5), np.int16(-3), np.bool_(True)],
}


class Asks:
    """Pickles to a call of any function."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call


def written(folder: Path, content: object, protocol: int = 4) -> Path:
    path = folder / "some.pkl"
    path.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content, protocol=protocol))
    return path


def flat(value: object) -> object:
    if isinstance(value, np.ndarray):
        return (value.dtype, value.tolist())
    if isinstance(value, dict):
        return {key: flat(item) for key, item in value.items()}
    return [flat(item) for item in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_values_and_arrays_come_back_at_every_protocol(tmp_path: Path, protocol: int):
    assert flat(read_pickle(written(tmp_path, PLAIN, protocol))) == flat(PLAIN)


def test_arrays_of_other_byte_order_and_fortran_order_keep_their_values(tmp_path: Path):
    swapped = np.arange(4, dtype=">i4").reshape(2, 2).T
    read = read_pickle(written(tmp_path, swapped))
    assert read.dtype.kind == "i"
    assert read.tolist() == swapped.tolist() == [[0, 2], [1, 3]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (r"(posix|nt)\.system", Asks(os.system, "touch ran")),
        (r"builtins\.eval", Asks(builtins.eval, "open('ran', 'w')")),
        (r"builtins\.exec", Asks(builtins.exec, "open('ran', 'w')")),
        (r"builtins\.getattr", Asks(builtins.getattr, "x", "upper")),
        (r"(_?io|builtins)\.open", Asks(builtins.open, "ran", "w")),
        (r"builtins\.__import__", Asks(builtins.__import__, "os")),
        (r"_codecs\.encode with 'rot13'", Asks(codecs.encode, "abc", "rot13")),
        (r"bytes made of a number", Asks(bytearray, 10**12)),
        (r"numpy\.ndarray called as a function", Asks(np.ndarray, (10**12,))),
        (r"collections\.OrderedDict", OrderedDict(a=1)),
        (r"pathlib\.\w*PosixPath|pathlib\._local\.PosixPath", Path("x")),
        (r"the array type 'O8'", np.array([{}, None], dtype=object)),
        (r"the array type 'O8'", np.array([Asks(os.system, "touch ran")], dtype=object)),
        (r"the array type 'V12'", np.zeros(2, dtype=[("a", "i4"), ("b", "f8")])),
        (r"numpy\.load", Asks(np.load, "x.npy")),
        (r"finsta\.errors\.FormatError", FormatError("x")),
    ],
)
def test_anything_else_raises_and_is_not_run(tmp_path: Path, monkeypatch, name: str, content: object):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FormatError, match=rf"some.pkl: expected a pickle of plain values.*{name}.*nothing.*was run"):
        read_pickle(written(tmp_path, {"hidden": [content]}))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["some.pkl"]


@pytest.mark.parametrize(
    ("program", "found"),
    [
        (b"cos\nsystem\n(S'touch ran'\ntR.", r"(os|posix)\.system"),  # protocol 0: GLOBAL, MARK, text, REDUCE
        (b"(S'touch ran'\nios\nsystem\n.", r"(os|posix)\.system"),  # INST
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\ttouch ran\x85R.", r"os\.system"),  # STACK_GLOBAL
        (b"\x80\x04\x8c\x08builtins\x8c\x0dset.__class__\x93.", r"builtins\.set\.__class__"),  # dotted names
        (b"\x80\x02\x82\x01.", "ValueError|UnpicklingError|KeyError"),  # an extension code
        (b"Psomething\n.", "a reference to something outside"),  # PERSID
    ],
)
def test_pickle_programs_written_by_hand_run_nothing(tmp_path: Path, monkeypatch, program: bytes, found: str):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FormatError, match=found):
        read_pickle(written(tmp_path, program))
    assert not (tmp_path / "ran").exists()


def test_a_type_that_turns_into_one_with_fields_by_its_state_is_refused(tmp_path: Path):
    state = (3, "|", None, ("a",), {"a": (np.dtype("O"), 0)}, 8, 1, 27)
    program = pickle.dumps(np.dtype("f8"), protocol=2)
    call = program[: program.rindex(b"(K\x03")]  # as far as numpy.dtype('f8', False, True) itself
    told = call + pickle.dumps((*state[:3], ("a",), None, *state[5:]), protocol=2)[2:-1] + b"b."
    with pytest.raises(FormatError, match="an array type with fields"):
        read_pickle(written(tmp_path, told))


def test_an_array_whose_bytes_do_not_fill_its_shape_is_refused(tmp_path: Path):
    program = pickle.dumps(np.arange(3, dtype=np.uint8), protocol=2)
    assert program.count(b"K\x03\x85") == 1
    with pytest.raises(FormatError, match=r"shape \(9,\) with 3 bytes where 9 belong"):
        read_pickle(written(tmp_path, program.replace(b"K\x03\x85", b"K\x09\x85")))


def test_a_pickle_cut_short_and_a_missing_one_are_named(tmp_path: Path):
    whole = pickle.dumps(PLAIN)
    with pytest.raises(FormatError, match=r"some.pkl: expected a whole pickle, found .*download the file again"):
        read_pickle(written(tmp_path, whole[:-20]))
    with pytest.raises(FormatError, match="expected a whole pickle"):
        read_pickle(written(tmp_path, b""))
    with pytest.raises(InputError, match=r"none.pkl: cannot be read: No such file"):
        read_pickle(tmp_path / "none.pkl")
