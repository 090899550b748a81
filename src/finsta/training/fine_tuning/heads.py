"""What a host needs before it is fine-tuned for a task: a head, or the classifier that its own library has for it."""

from collections.abc import Sequence
from typing import Any

from finsta.errors import HostError
from finsta.quiet import quiet
from finsta.tasks.classifiers import has_classifier
from finsta.tasks.heads import Head, HeadSpec, features_width
from finsta.tasks.items import TaskItems
from finsta.tasks.scoring import ways_of
from finsta.transfer.hosts import Host

CLASSIFIER = "ForVideoClassification"


def with_classifier(host: Host, classes: Sequence[str]) -> Host:
    """The host as the class of `transformers` that classifies videos, its classes named; itself where there is none.

    A classifier for just these classes is kept as it is; another is made anew, the encoder's weights are kept.

    Raises:
        HostError: if the weights cannot be read again.
    """
    import transformers

    name = next((name for name in host.spec.classes if name.endswith(CLASSIFIER)), None)
    if name is None:
        return host
    labels = dict(enumerate(classes))
    if has_classifier(host) and {int(key): value for key, value in host.config.id2label.items()} == labels:
        return host
    settings: dict[str, Any] = {"num_labels": len(classes), "id2label": labels,
                                "label2id": {label: number for number, label in labels.items()}}  # fmt: skip
    try:
        with quiet():
            model = getattr(transformers, name).from_pretrained(host.name, ignore_mismatched_sizes=True, **settings)
    except (OSError, ValueError, RuntimeError) as error:
        raise HostError(f"{host.name}: expected weights that {name} reads, found others: {error}") from error
    return Host(
        model=model.eval(),
        tokenizer=host.tokenizer,
        image_processor=host.image_processor,
        name=host.name,
        num_frames=host.num_frames,
        processor=host.processor,
    )


def make_head(host: Host, items: TaskItems, vocabulary: Sequence[str] = ()) -> Head | None:
    """The head that a task needs on this host; ``None`` where the host does it by itself.

    Recognition: a linear layer on the pooled video, unless the model classifies. Open-ended questions: a layer over the
    answers, unless the host writes. Multiple choice: a score, where the host neither writes nor has a joint space or a
    matching head. Statements: a logit, unless the host writes.

    Args:
        host: As it will be trained.
        items: Of the training split.
        vocabulary: The answers, for open-ended questions.
    """
    if items.task == "recognition":
        if has_classifier(host):
            return None
        width = features_width(host, reads_text=False)
        return Head(HeadSpec(task=items.task, width=width, outputs=tuple(items.classes), reads_text=False))
    if host.capabilities.generates or items.task not in ("open_qa", "multiple_choice_qa", "binary_qa"):
        return None
    if items.task == "multiple_choice_qa" and ways_of(host):
        return None
    width = features_width(host, reads_text=True)
    outputs = tuple(vocabulary) if items.task == "open_qa" else ("",)
    return Head(HeadSpec(task=items.task, width=width, outputs=outputs, reads_text=True, hidden=width))
