"""What UD leaves to the words: a few function words a language. A language that is not here goes without them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class FunctionWords:
    """Closed classes of one language, lower case.

    Attributes:
        passive: Lemmas of the auxiliary that makes a participle passive, for treebanks that do not mark it.
        agents: What stands before the agent of a passive, for the same.
        copulas: Lemmas of "to be", for pipelines that make it the verb of "is on the table".
        existential: Lemmas of the verb of "there is".
        later: Open a clause that happens after the main one ("before").
        earlier: Open a clause that happens before the main one ("after", "when").
        together: Open a clause that happens at the same time.
        then: Say that a clause follows the one before it.
        contractions: Prepositions that hold an article, and without it.
        infinitives: Endings of a finite verb that the lemmatiser left as it stands, and of its infinitive.
        joins_prefix: Whether a separated particle is the front of the verb's normal form ("zieht … an": "anziehen").
    """

    passive: frozenset[str] = field(default_factory=frozenset)
    agents: frozenset[str] = field(default_factory=frozenset)
    copulas: frozenset[str] = field(default_factory=frozenset)
    existential: frozenset[str] = field(default_factory=frozenset)
    later: frozenset[str] = field(default_factory=frozenset)
    earlier: frozenset[str] = field(default_factory=frozenset)
    together: frozenset[str] = field(default_factory=frozenset)
    then: frozenset[str] = field(default_factory=frozenset)
    contractions: Mapping[str, str] = field(default_factory=dict)
    infinitives: tuple[tuple[str, str], ...] = ()
    joins_prefix: bool = False


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS = {
    "en": FunctionWords(
        passive=_words("be get"),
        agents=_words("by"),
        copulas=_words("be"),
        existential=_words("be"),
        later=_words("before until till"),
        earlier=_words("after once when"),
        together=_words("while as whilst"),
        then=_words("then next afterwards later finally afterward subsequently"),
    ),
    "fr": FunctionWords(
        agents=_words("par"),
        copulas=_words("être"),
        existential=_words("avoir"),
        contractions={"au": "à", "aux": "à", "du": "de", "des": "de"},
        infinitives=(("e", "er"),),
        later=_words("avant jusqu'"),
        earlier=_words("après quand lorsque lorsqu' dès"),
        together=_words("pendant tandis alors-que"),
        then=_words("puis ensuite enfin finalement"),
    ),
    "es": FunctionWords(
        passive=_words("ser"),
        agents=_words("por"),
        copulas=_words("ser estar"),
        existential=_words("haber"),
        contractions={"al": "a", "del": "de"},
        infinitives=(("a", "ar"),),
        later=_words("antes hasta"),
        earlier=_words("después cuando tras"),
        together=_words("mientras"),
        then=_words("luego entonces después finalmente"),
    ),
    "de": FunctionWords(
        passive=_words("werden"),
        agents=_words("von durch"),
        copulas=_words("sein"),
        contractions={
            "im": "in",
            "ins": "in",
            "am": "an",
            "ans": "an",
            "zum": "zu",
            "zur": "zu",
            "vom": "von",
            "beim": "bei",
        },
        existential=_words("geben"),
        later=_words("bevor ehe bis"),
        earlier=_words("nachdem sobald als wenn"),
        together=_words("während"),
        then=_words("dann danach anschließend schließlich"),
        joins_prefix=True,
    ),
    "zh": FunctionWords(
        agents=_words("被"),
        existential=_words("有"),
        later=_words("之前 以前"),
        earlier=_words("之后 以后"),
        together=_words("同时"),
        then=_words("然后 接着 最后"),
    ),
}


def function_words(language: str) -> FunctionWords:
    """The function words of a language; none for one that is not known."""
    return FUNCTION_WORDS.get(language, FunctionWords())
