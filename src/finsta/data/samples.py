"""The one sample type of all data sets: a video by its official name, and what is said or asked about it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Subtitle:
    """A line that is spoken or shown.

    Attributes:
        text: What is said.
        start: Seconds from the start of the clip.
        end: Seconds; not before ``start``.
    """

    text: str
    start: float
    end: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One item of a data set, as its protocol counts them.

    Attributes:
        id: Unique in its split.
        video: The official name of the video, without folder and extension; in a manifest of one's own its path.
        start: Seconds at which the part that is meant begins in the official video; None is its start.
        end: Seconds at which it ends; None is its end.
        captions: Descriptions of the part; every one is a reference (captioning) or a query (retrieval).
        label: Index into the data set's classes; None where there is none, or where the split keeps it to itself.
        question: What is asked; of a binary sample, the statement to be judged.
        choices: Multiple choice: the answers to choose from.
        answer: Index of the right choice; None where the split keeps it to itself.
        answers: Open-ended: the right answers; of a binary sample ``("true",)`` or ``("false",)``.
        kind: Type of the question, as the data set or its usual evaluation names it.
        subtitles: What is said in the part.
    """

    id: str
    video: str
    start: float | None = None
    end: float | None = None
    captions: tuple[str, ...] = ()
    label: int | None = None
    question: str | None = None
    choices: tuple[str, ...] = ()
    answer: int | None = None
    answers: tuple[str, ...] = ()
    kind: str = ""
    subtitles: tuple[Subtitle, ...] = ()
