"""Which similarity links phrases and tracks, by name."""

from collections.abc import Sequence
from dataclasses import dataclass

from finsta.errors import InputError, MissingDependencyError
from finsta.link.similarity import LexicalSimilarity, PhraseSimilarity, TrackView
from finsta.shapes import Array, Float


@dataclass(frozen=True, kw_only=True)
class SimilarityChoice:
    """A similarity, the name it goes by, and why it was taken; scores as the similarity does."""

    similarity: PhraseSimilarity
    name: str
    reason: str

    def scores(self, phrases: Sequence[str], tracks: Sequence[TrackView]) -> Float[Array, "phrases tracks"]:
        """See :class:`finsta.link.similarity.PhraseSimilarity`."""
        return self.similarity.scores(phrases, tracks)


def choose_similarity(spec: str = "auto") -> SimilarityChoice:
    """The similarity that ``spec`` names: ``auto``, ``lexical``, ``minilm`` or ``clip:FOLDER_OR_ID``.

    ``auto`` takes MiniLM where its package is installed and the table of words otherwise; CLIP is never taken unasked,
    for its weights would have to be fetched.

    Raises:
        InputError: if the name is none of these, or CLIP cannot be loaded.
        MissingDependencyError: if MiniLM is asked for and not installed.
    """
    kind, _, source = spec.partition(":")
    if spec == "auto":
        return _automatic()
    if spec == "lexical":
        return SimilarityChoice(similarity=LexicalSimilarity(), name=spec, reason="asked for")
    if spec == "minilm":
        from finsta.link.sentence import SentenceSimilarity

        return SimilarityChoice(similarity=SentenceSimilarity(), name=spec, reason="asked for")
    if kind == "clip" and source:
        from finsta.link.clip import ClipSimilarity

        return SimilarityChoice(similarity=ClipSimilarity(source), name=spec, reason="asked for")
    raise InputError(f"similarity {spec!r}: expected auto, lexical, minilm or clip:FOLDER_OR_ID")


def _automatic() -> SimilarityChoice:
    from finsta.link.sentence import SentenceSimilarity

    try:
        similarity = SentenceSimilarity()
    except MissingDependencyError as error:
        return SimilarityChoice(similarity=LexicalSimilarity(), name="lexical", reason=f"words only: {error}")
    reason = "MiniLM is installed and reads words that the table does not know"
    return SimilarityChoice(similarity=similarity, name="minilm", reason=reason)
