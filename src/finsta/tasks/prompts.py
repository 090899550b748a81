"""What is said to a host that was not trained for a task."""

import re
from collections.abc import Sequence

CLASS_PROMPTS = ("{}", "a video of {}.", "a video of a person {}.")
"""Said of a class in zero-shot recognition; scores are averaged over them."""

ANSWER_PROMPT = "a video of {}."
"""Said of an answer in zero-shot open-ended question answering by similarity."""

QUESTION_PROMPT = "question: {} answer:"
"""Asked of a host that writes; the form that BLIP-2 and GIT are asked in."""

STATEMENT_PROMPT = "question: is it true that {} answer:"
"""Asked of a host that writes about a statement."""


def class_texts(classes: Sequence[str], prompts: Sequence[str] = CLASS_PROMPTS) -> list[list[str]]:
    """What is said of each class, prompt by prompt.

    Names are written as words: "_" is a blank, and the gaps of Something-Something ("[something]") lose their brackets.
    """
    names = [re.sub(r"[\[\]]", "", name.replace("_", " ")).strip() for name in classes]
    return [[prompt.format(name) for name in names] for prompt in prompts]
