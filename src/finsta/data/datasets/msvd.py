"""MSVD: short YouTube clips with some forty captions each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from finsta.data.datasets.description import DatasetSpec, Located, Official, Variant
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.datasets.msvd_qa import QA
from finsta.data.documents.fields import shown
from finsta.data.documents.json_stream import located_object
from finsta.data.documents.tables import read_table
from finsta.data.documents.text import read_lines
from finsta.data.documents.unpickle import read_pickle
from finsta.data.samples import Sample
from finsta.errors import FormatError, InputError

Captions = Mapping[str, Sequence[str]]

LISTS = "{}_list.txt"
JSON, PICKLE, TEXT, TABLE = (
    "captions_msvd.json",
    "raw-captions.pkl",
    "AllVideoDescriptions.txt",
    "MSR_Video_Description_Corpus.csv",
)
"""The published shapes of the captions; the first that is there is read."""


def _read(files: AnnotationFiles, split: str) -> Iterator[Located]:
    """One sample a clip of the list, with all its captions; the captions of the split are held."""
    listed = list(read_lines(files.need(LISTS.format(split), what=f"the ids of the {split} clips")))
    captions = _captions(files, {name for _, name in listed})
    for where, name in listed:
        found = captions.get(name)
        if found:
            yield where, Sample(id=name, video=name, captions=tuple(found))
        else:
            files.fault(
                "unannotated",
                f"{where}: expected captions of {name!r}, found none; give the captions of the same release, or take "
                "the id out of the list",
            )


def _captions(files: AnnotationFiles, wanted: set[str]) -> Captions:
    """The captions of some clips, from whatever file has them."""
    if files.find(JSON) is not None:
        return _from_json(files, wanted)
    if files.find(PICKLE) is not None:
        return _from_pickle(files, wanted)
    if files.find(TEXT) is not None:
        return _from_text(files, wanted)
    if files.find(TABLE) is not None:
        return _from_table(files, wanted)
    raise InputError(
        f"{files.root}: expected the captions in {JSON}, {PICKLE}, {TEXT} or {TABLE}, found none of them; "
        "give the folder that holds one of them beside the lists of ids"
    )


def _from_json(files: AnnotationFiles, wanted: set[str]) -> Captions:
    """Of X-Pool: an object of lists of sentences."""
    found = {}
    for where, name, sentences in located_object(files.need(JSON, what="the captions")):
        if name in wanted:
            found[name] = _texts(files, sentences, where)
    return found


def _from_pickle(files: AnnotationFiles, wanted: set[str]) -> Captions:
    """Of collaborative-experts: a dict of lists of lists of words; such a file is held as a whole while it is read."""
    path = files.need(PICKLE, what="the captions")
    document = read_pickle(path)
    if not isinstance(document, Mapping):
        raise FormatError(f"{path}: expected a dict by clip, found {shown(document)}; give the file as published")
    return {name: _texts(files, document[name], f"{path}, {name!r}") for name in wanted & set(document)}


def _from_text(files: AnnotationFiles, wanted: set[str]) -> Captions:
    """Of the University of Texas: name and sentence a line, after lines of explanation that begin with ``#``."""
    found: dict[str, list[str]] = {}
    for _, line in read_lines(files.need(TEXT, what="the captions")):
        name, _, sentence = line.partition(" ")
        if name in wanted and sentence.strip():
            found.setdefault(name, []).append(sentence.strip())
    return found


def _from_table(files: AnnotationFiles, wanted: set[str]) -> Captions:
    """Of Microsoft: a row for each sentence in many languages, of which the English ones are taken."""
    found: dict[str, list[str]] = {}
    path = files.need(TABLE, what="the captions")
    columns = ("VideoID", "Start", "End", "Language", "Description")
    for _, (video, start, end, language, sentence) in read_table(
        path, columns, broken=lambda message: files.fault("broken", message)
    ):
        name = f"{video}_{start}_{end}"
        if language == "English" and name in wanted and sentence.strip():
            found.setdefault(name, []).append(sentence.strip())
    return found


def _texts(files: AnnotationFiles, sentences: Any, where: str) -> list[str]:
    """Sentences from texts or lists of words."""
    texts = []
    for sentence in sentences if isinstance(sentences, list | tuple) else [sentences]:
        words = [sentence] if isinstance(sentence, str) else sentence
        if isinstance(words, list | tuple) and all(isinstance(word, str) for word in words):
            texts.append(" ".join(words).strip())
        else:
            files.fault("broken", f"{where}: expected sentences, found {shown(sentence)}; mend or leave it out")
    return texts


def _official(samples: int, captions: int) -> tuple[Official, ...]:
    return (Official(samples=samples, videos=samples, captions=captions, source="X-Pool, captions_msvd.json"),)


DATASET = DatasetSpec(
    name="msvd",
    title="MSVD",
    suffix=".avi",
    variants={
        "captions": Variant(
            tasks=("retrieval", "captioning"),
            protocol="1,200 / 100 / 670 clips with all their captions. Each caption is a query; the other way round, "
            "the best of a clip's captions counts. Captions are references for captioning.",
            metric="R@1, R@5, R@10, MdR, MnR; CIDEr",
            source="Venugopalan et al. 2015; CLIP4Clip",
            splits={"train": _official(1200, 48774), "val": _official(100, 4290), "test": _official(670, 27763)},
            read=_read,
        ),
        "qa": QA,
    },
)
