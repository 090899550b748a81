"""Tasks judge a host: a flat mapping of numbers with one primary metric, and the items behind it."""

from finsta.tasks.bootstrap import Interval, bootstrap_interval
from finsta.tasks.encoding import EncodedVideos, clip_cache, encode_pairs
from finsta.tasks.metrics import RetrievalRanks, retrieval_ranks
from finsta.tasks.multiple_choice import MultipleChoice, evaluate_multiple_choice
from finsta.tasks.result import ItemScores, Task, TaskResult
from finsta.tasks.retrieval import Retrieval, evaluate_retrieval, score_retrieval

__all__ = [
    "EncodedVideos",
    "Interval",
    "ItemScores",
    "MultipleChoice",
    "Retrieval",
    "RetrievalRanks",
    "Task",
    "TaskResult",
    "bootstrap_interval",
    "clip_cache",
    "encode_pairs",
    "evaluate_multiple_choice",
    "evaluate_retrieval",
    "retrieval_ranks",
    "score_retrieval",
]
