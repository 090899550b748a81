"""What is said to a host that was not trained for a task."""

import re
from collections.abc import Sequence

from finsta.transfer.hosts import Host

CLASS_PROMPTS = ("{}", "a video of {}.", "a video of a person {}.")
"""Said of a class in zero-shot recognition; scores are averaged over them."""

ANSWER_PROMPT = "a video of {}."
"""Said of an answer in zero-shot open-ended question answering by similarity."""

QUESTION_PROMPT = "question: {} answer:"
"""Asked of a host that writes; the form that BLIP-2 and GIT are asked in."""

STATEMENT_PROMPT = "question: is it true that {} answer:"
"""Asked of a host that writes about a statement."""


def fitted(host: Host, prompts: Sequence[str], wanted: int, *, least: int = 8) -> tuple[list[str], int]:
    """Prompts and tokens to write after them that fit the positions of the host's text side.

    Where the prompts leave no room for ``wanted`` tokens, their first words are dropped until there is room for
    ``least``, or for ``wanted`` if that is less; then as many tokens are written as the longest prompt leaves room for.
    """
    longest = host.spec.text_length(host.config)
    if longest is None:
        return list(prompts), wanted
    kept = list(prompts)
    most = longest - 1 - min(wanted, least)
    for place, prompt in enumerate(kept):
        words = prompt.split()
        while words and _tokens(host, " ".join(words)) > most:
            words = words[1:]
        kept[place] = " ".join(words)
    return kept, max(1, min(wanted, longest - 1 - max(_tokens(host, prompt) for prompt in kept)))


def before_answers(host: Host, prompts: Sequence[str], answers: Sequence[str]) -> list[str]:
    """Prompts whose answers fit behind them: what is cut of a text that is too long is the prompt's beginning."""
    longest = max((_tokens(host, answer) for answer in answers), default=0)
    return fitted(host, prompts, longest, least=longest)[0]


def _tokens(host: Host, prompt: str) -> int:
    return len(host.tokenizer(prompt, verbose=False)["input_ids"])


def class_texts(classes: Sequence[str], prompts: Sequence[str] = CLASS_PROMPTS) -> list[list[str]]:
    """What is said of each class, prompt by prompt.

    Names are written as words: "_" is a blank, and the gaps of Something-Something ("[something]") lose their brackets.
    """
    names = [re.sub(r"[\[\]]", "", name.replace("_", " ")).strip() for name in classes]
    return [[prompt.format(name) for name in names] for prompt in prompts]
