"""Tasks judge a host: a flat mapping of numbers with one primary metric, and the items behind it."""

from finsta.tasks.bootstrap import Interval, ScoreInterval, bootstrap_interval, score_interval
from finsta.tasks.comparison import Comparison, compare_results
from finsta.tasks.encoding import EncodedVideos, clip_cache, encode_pairs
from finsta.tasks.items import Item, TaskItems, dataset_items
from finsta.tasks.metrics import RetrievalRanks, retrieval_ranks
from finsta.tasks.multiple_choice import MultipleChoice, evaluate_multiple_choice
from finsta.tasks.result import ItemScores, Task, TaskResult
from finsta.tasks.retrieval import Retrieval, evaluate_retrieval, score_retrieval
from finsta.tasks.settings import TaskSettings
from finsta.tasks.table import TASKS, TaskOptions, make_task
from finsta.tasks.views import Views

__all__ = [
    "TASKS",
    "Comparison",
    "EncodedVideos",
    "Interval",
    "Item",
    "ItemScores",
    "MultipleChoice",
    "Retrieval",
    "RetrievalRanks",
    "ScoreInterval",
    "Task",
    "TaskItems",
    "TaskOptions",
    "TaskResult",
    "TaskSettings",
    "Views",
    "bootstrap_interval",
    "clip_cache",
    "compare_results",
    "dataset_items",
    "encode_pairs",
    "evaluate_multiple_choice",
    "evaluate_retrieval",
    "make_task",
    "retrieval_ranks",
    "score_interval",
    "score_retrieval",
]
