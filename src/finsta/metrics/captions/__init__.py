"""Caption metrics without Java, on the tokens of the coco-caption pipeline, equal to its figures."""

from finsta.metrics.captions.bleu import bleu
from finsta.metrics.captions.cider import cider
from finsta.metrics.captions.evaluation import CaptionEvaluation, evaluate_captions
from finsta.metrics.captions.meteor import meteor
from finsta.metrics.captions.rouge import rouge_l
from finsta.metrics.captions.scores import CaptionScores
from finsta.metrics.captions.spice_like import spice_like
from finsta.metrics.captions.tokens import tokenize

__all__ = [
    "CaptionEvaluation",
    "CaptionScores",
    "bleu",
    "cider",
    "evaluate_captions",
    "meteor",
    "rouge_l",
    "spice_like",
    "tokenize",
]
