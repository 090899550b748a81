'''Data sets read from their official files, unchanged: ``open_dataset("msrvtt", root, "test").samples()``.

A data set is one module that offers ``DATASET``, a :class:`DatasetSpec`, and one line in ``table.py``. The module holds
functions, no classes to derive from:

    def _read(files: AnnotationFiles, split: str) -> Iterator[Located]:
        """One sample at a time, with the place where it stands; never the whole file."""
        path = files.need("official_name.json", "renamed.json", what="the test questions")   # or files.find(...)
        for where, entry in ...:                      # finsta.data.documents streams JSON, tables, lines, pickles
            if wrong(entry):                          # raises, or collects for `finsta data check`
                files.fault("outside", f"{where}: expected …, found …; what to do")
                continue
            yield where, Sample(id=..., video=..., ...)

    DATASET = DatasetSpec(
        name="msvd", title="MSVD", suffix=".avi", video_names=_names,     # names under which a video may lie
        variants={                                                        # the first is taken unless another is named
            "captions": Variant(
                tasks=("retrieval", "captioning"), read=_read, protocol="...", metric="R@1", source="...",
                splits={"test": (Official(samples=670, captions=27_763, source="X-Pool"),)},
            ),
            "qa": Variant(...),
        },
    )

A file of another form (no JSON, another header, cut short) raises ``FormatError`` with file, line or element, what was
expected, what was found, what to do. What concerns one entry goes to ``files.fault(kind, message)``. Ids that stand
there twice are found by ``Dataset`` itself: readers need not look. Where a published file repeats ids, the reader makes
them unique, and its docstring says how.
'''

from finsta.data.datasets.check import Count, DataCheck
from finsta.data.datasets.dataset import Dataset
from finsta.data.datasets.description import DatasetSpec, Located, Official, Task, Variant, VideoName
from finsta.data.datasets.files import AnnotationFiles, Fault, MissingFileError
from finsta.data.datasets.opening import open_dataset
from finsta.data.datasets.table import dataset_names, dataset_spec
from finsta.data.datasets.videos import VideoFiles

__all__ = [
    "AnnotationFiles",
    "Count",
    "DataCheck",
    "Dataset",
    "DatasetSpec",
    "Fault",
    "Located",
    "MissingFileError",
    "Official",
    "Task",
    "Variant",
    "VideoFiles",
    "VideoName",
    "dataset_names",
    "dataset_spec",
    "open_dataset",
]
