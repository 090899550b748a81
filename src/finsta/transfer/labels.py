"""What the words of a graph mean: embeddings of its labels, by the host as it was or by a sentence encoder."""

from collections.abc import Iterable, Sequence

import torch

from finsta.graphs.batch import GraphBatch
from finsta.shapes import Float, Tensor
from finsta.transfer.hosts import Host

AT_ONCE = 64


class LabelTable:
    """Embeddings of labels by the host's text encoder as it was before training.

    A host without a text encoder, or that does not show what it gives, has its labels read by
    :class:`finsta.sentences.SentenceEncoder`. A label that the table does not hold is a row of zeros, as good as
    withheld: of an edited caption, for example, whose words no caption of the data has.

    Args:
        host: Read once, here.
        labels: All labels that will be asked for.

    Raises:
        MissingDependencyError: if the host has no text encoder and no sentence encoder is installed.
    """

    def __init__(self, host: Host, labels: Iterable[str]) -> None:
        names = list(dict.fromkeys(labels))
        self.row = {label: index for index, label in enumerate(names)}
        self.vectors: Float[Tensor, "labels dim"] = label_embeddings(host, names)

    @classmethod
    def of(cls, labels: Sequence[str], vectors: Float[Tensor, "labels dim"]) -> "LabelTable":
        """A table whose rows are known."""
        table = cls.__new__(cls)
        table.row = {label: index for index, label in enumerate(labels)}
        table.vectors = vectors
        return table

    def extended(self, host: Host, labels: Iterable[str]) -> "LabelTable":
        """The same with further labels, as a host reads them."""
        new = [label for label in dict.fromkeys(labels) if label not in self.row]
        if not new:
            return self
        more = LabelTable(host, new)
        return LabelTable.of([*self.row, *new], torch.cat([self.vectors, more.vectors]))

    @property
    def width(self) -> int:
        """Of the embeddings."""
        return self.vectors.shape[1]

    def __call__(self, graphs: GraphBatch) -> Float[Tensor, "nodes dim"]:
        """One row for each node."""
        found = self.embed(graphs.labels).to(graphs.box.device)
        return found[graphs.label_index]

    def embed(self, labels: Sequence[str]) -> Float[Tensor, "labels dim"]:
        """One row for each label."""
        rows = torch.tensor([self.row.get(label, -1) for label in labels], dtype=torch.long)
        if not len(self.vectors):
            return self.vectors.new_zeros(len(rows), self.width)
        return self.vectors[rows].masked_fill((rows < 0)[:, None], 0.0)


def label_embeddings(host: Host, names: Sequence[str]) -> Float[Tensor, "labels dim"]:
    """Labels as the host reads them, or as a sentence encoder does where it cannot; on the processor, no gradient."""
    if not host.capabilities.text or not host.widths.pooled_text:
        from finsta.sentences import SentenceEncoder

        # Asked for outside of inference mode, so that what trains may read it.
        return SentenceEncoder().embed(names or [""])[: len(names)].clone()
    with torch.no_grad():
        parts = [
            host.text_embeddings(host.tokens(names[start : start + AT_ONCE])).float().cpu()
            for start in range(0, len(names), AT_ONCE)
        ]
    return torch.cat(parts) if parts else torch.zeros(0, host.widths.pooled_text)
