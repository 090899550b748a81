"""All caption metrics on one set of captions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from finsta.metrics.captions.bleu import bleu
from finsta.metrics.captions.cider import cider
from finsta.metrics.captions.meteor import meteor
from finsta.metrics.captions.meteor_alignment import Aligner
from finsta.metrics.captions.meteor_words import meanings_of, meteor_words
from finsta.metrics.captions.paraphrases import read_paraphrases
from finsta.metrics.captions.rouge import rouge_l
from finsta.metrics.captions.scores import CaptionScores, Tokens, check_captions
from finsta.metrics.captions.spice_like import spice_like
from finsta.metrics.captions.tokens import tokenize
from finsta.metrics.wordnet import WordNet
from finsta.text import TextParser

METEOR, METEOR_PART = "METEOR", "METEOR-without-paraphrases"
CIDER, SPICE = "CIDEr-D", "SPICE-like"


@dataclass(frozen=True, kw_only=True)
class CaptionEvaluation:
    """What was measured.

    Attributes:
        scores: By metric; in [0, 1], ``CIDEr-D`` in [0, 10].
        left_out: Metrics that could not be computed, and why.
    """

    scores: dict[str, CaptionScores]
    left_out: dict[str, str]

    def summary(self) -> dict[str, float]:
        """The figures as papers print them: all times 100."""
        return {name: 100 * scores.corpus for name, scores in self.scores.items()}


def evaluate_captions(
    candidates: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    wordnet: Path | None,
    paraphrases: Path | None = None,
    parser: TextParser | str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CaptionEvaluation:
    """BLEU-1 to 4, METEOR, ROUGE-L, CIDEr-D and, with a parser, SPICE-like.

    Args:
        candidates: One caption an item, as written.
        references: Those of each item, as written.
        wordnet: The file of :func:`finsta.models.wordnet_path`; without it METEOR is left out.
        paraphrases: METEOR's table (:func:`finsta.metrics.captions.paraphrases.paraphrase_table`); without it METEOR's
            part without paraphrases is computed, under a name that says so.
        parser: For SPICE-like, as :func:`finsta.parse_text` takes it; ``None`` leaves it out.
        progress: Called while SPICE-like parses, which takes longest.

    Raises:
        InputError: if the two differ in number, there are none, or a caption has no reference.
    """
    check_captions(candidates, references)
    ours = [tokenize(text) for text in candidates]
    theirs = [[tokenize(text) for text in several] for several in references]
    scores = {f"BLEU-{n}": score for n, score in enumerate(bleu(ours, theirs), 1)}
    left_out = {}
    if wordnet is not None:
        name = METEOR if paraphrases else METEOR_PART
        scores[name] = meteor(ours, theirs, aligner=_aligner(ours, theirs, wordnet, paraphrases))
    else:
        left_out[METEOR] = "WordNet is not here; run: finsta models get wordnet"
    scores |= {"ROUGE-L": rouge_l(ours, theirs), CIDER: cider(ours, theirs)}
    if parser is not None:
        scores[SPICE] = spice_like(candidates, references, parser=parser, progress=progress)
    return CaptionEvaluation(scores=scores, left_out=left_out)


def _aligner(
    ours: Sequence[Tokens], theirs: Sequence[Sequence[Tokens]], wordnet: Path, paraphrases: Path | None
) -> Aligner:
    meanings = meanings_of(WordNet(wordnet))
    if paraphrases is None:
        return Aligner(meanings)
    captions = {" ".join(tokens) for tokens in [*ours, *(tokens for several in theirs for tokens in several)]}
    words = {word for caption in captions for word in meteor_words(caption)}
    return Aligner(meanings, read_paraphrases(paraphrases, words))
