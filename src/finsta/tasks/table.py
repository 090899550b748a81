"""The tasks by name, made of their items."""

from dataclasses import dataclass, field

from finsta.errors import InputError
from finsta.tasks.binary_qa import BinaryQA
from finsta.tasks.captioning import Captioning
from finsta.tasks.dataset_retrieval import DatasetRetrieval
from finsta.tasks.heads import Head
from finsta.tasks.items import NEEDS, TaskItems
from finsta.tasks.multiple_choice_qa import MultipleChoiceQA
from finsta.tasks.open_qa import OpenQA, OpenVocabulary
from finsta.tasks.recognition import Recognition
from finsta.tasks.result import Task
from finsta.tasks.settings import TaskSettings
from finsta.tasks.views import Views
from finsta.text import DEFAULT_PARSER

TASKS = tuple(NEEDS)
"""Their names."""


@dataclass(frozen=True, kw_only=True)
class TaskOptions:
    """What can be chosen; each task reads its own.

    Attributes:
        views: Recognition: clips and crops of a video.
        dual_softmax: Retrieval: whether all queries help to rank each other.
        beams: Captioning: width of the beam search.
        prompt: Captioning: what stands before the caption.
        spice: Captioning: whether to parse captions for SPICE-like, which takes longest.
        vocabulary: Open-ended questions: the answers of the training split.
        head: A head from fine-tuning.
    """

    views: Views = field(default_factory=Views)
    dual_softmax: bool = False
    beams: int = 1
    prompt: str = ""
    spice: bool = True
    vocabulary: OpenVocabulary | None = None
    head: Head | None = None


def make_task(items: TaskItems, options: TaskOptions, settings: TaskSettings) -> Task:
    """The task that the items were read for.

    Raises:
        InputError: if there is no such task.
    """
    if items.task == "recognition":
        return Recognition(items=items, views=options.views, head=options.head, settings=settings)
    if items.task == "captioning":
        parser = DEFAULT_PARSER if options.spice else None
        return Captioning(items=items, beams=options.beams, prompt=options.prompt, parser=parser, settings=settings)
    if items.task in ("retrieval", "paragraph_retrieval"):
        return DatasetRetrieval(items=items, dual_softmax=options.dual_softmax, settings=settings)
    if items.task == "open_qa":
        return OpenQA(items=items, vocabulary=options.vocabulary, head=options.head, settings=settings)
    if items.task == "multiple_choice_qa":
        return MultipleChoiceQA(items=items, head=options.head, settings=settings)
    if items.task == "binary_qa":
        return BinaryQA(items=items, head=options.head, settings=settings)
    raise InputError(f"expected a task, one of {', '.join(TASKS)}, found {items.task!r}")
