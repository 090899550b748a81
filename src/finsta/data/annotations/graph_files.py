"""Our own graphs, in the place of annotations: what ``finsta parse``, ``world`` and ``convert`` wrote."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from finsta.data.annotations.reading import AnnotationItem, NamedGraph, json_files, safe_name, unique_names
from finsta.errors import InputError
from finsta.graphs.serialization import load_graph


@dataclass(frozen=True, kw_only=True)
class GraphFiles:
    """The graphs of a folder, those of its subfolders too, or of one file."""

    source: Path

    def items(self) -> Iterator[AnnotationItem]:
        """One for each file, in order of their names.

        A graph is named for its file; several ``graphs.json`` are named for their folders.

        Raises:
            InputError: if there is none.
        """
        files = graph_files(self.source)
        if not files:
            raise InputError(f"{self.source}: expected a graph (.json), or a folder of them, found none")
        for file, name in unique_names(self.source, files).items():

            def read(file: Path = file, name: str = name) -> list[NamedGraph]:
                return [NamedGraph(name=safe_name(name), graph=load_graph(file))]

            yield AnnotationItem(id=name, read=read, total=len(files))


def graph_files(source: Path) -> list[Path]:
    """The files of a folder, of its subfolders too, that hold graphs; or the file itself."""
    return json_files(source)
