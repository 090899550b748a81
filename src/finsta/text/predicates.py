"""Verbs to predicate nodes: roles restored, one node for each preposition, shared arguments handed on."""

from spacy.tokens import Token

from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.text.clauses import (
    agents,
    direct_objects,
    is_clausal,
    is_event,
    is_passive,
    oblique_phrases,
    particles,
    predicate_lemma,
    subjects,
)
from finsta.text.draft import Draft, Event
from finsta.text.lemmas import lemma_of
from finsta.text.lexicon import COVER_PREPOSITIONS, LINK_VERBS, SIGHT_VERBS, TRANSITIVE_VERBS, WEATHER_VERBS
from finsta.text.nominals import NOUNS, attachment_entities, entities, is_dummy
from finsta.text.prepositions import Preposition, is_manner, is_order, is_participle, is_time

GUESS = 0.8
"""Confidence of an edge that rests on a guess: an object shared by two verbs, a pronoun's antecedent."""


def add_predicates(draft: Draft) -> None:
    """Predicate nodes, with subject and object edges, for every verb of the text in order."""
    for token in draft.tokens:
        if is_event(token) and not _only_links(token):
            _add_event(draft, token)


def _only_links(token: Token) -> bool:
    """As in "looks happy" says no more than "is happy", and "is going to throw" no more than "will throw"."""
    if token.lower_ == "going":
        return any(c.dep_ == "aux" for c in token.lefts) and any(
            c.dep_ == "xcomp" and c.tag_ == "VB" for c in token.rights
        )
    return lemma_of(token) in LINK_VERBS and any(child.dep_ == "acomp" for child in token.children)


def _add_event(draft: Draft, verb: Token) -> None:
    actors, patients = _roles(draft, verb)
    phrases = [phrase for phrase in oblique_phrases(verb) if is_argument(phrase)]
    covering = _covering(verb, phrases) if is_passive(verb) and not actors else None
    if covering is not None and covering.complement is not None:
        actors = entities(draft, covering.complement)
        phrases.remove(covering)
    nodes: list[int] = []
    agentless = is_passive(verb) and not actors and bool(phrases)
    if not agentless and (patients or not phrases):
        nodes.append(_node(draft, verb, actors, patients))
    subject_side = patients if agentless else actors
    for phrase in phrases:
        assert phrase.complement is not None
        nodes.append(_node(draft, verb, subject_side, entities(draft, phrase.complement), phrase))
    if not nodes:
        nodes.append(_node(draft, verb, actors, patients))
    nodes += _recipients(draft, verb, actors)
    draft.events[verb.i] = Event(verb=verb, nodes=nodes, clausal=is_clausal(verb))


def _roles(draft: Draft, verb: Token) -> tuple[list[int], list[int]]:
    """Who acts and who is acted on, whatever the voice."""
    surface = subject_entities(draft, verb)
    taken = [node for word in direct_objects(verb) for node in entities(draft, word)]
    if is_passive(verb):
        actors = [node for word in agents(verb) for node in entities(draft, word)]
        return actors, surface + taken
    if lemma_of(verb) in WEATHER_VERBS and any(word.lower_ == "it" for word in subjects(verb)):
        surface = []
    return surface, taken or _shared_objects(draft, verb)


def subject_entities(draft: Draft, verb: Token) -> list[int]:
    """The objects that are the surface subject of a verb."""
    found: list[int] = []
    for word in subjects(verb):
        if is_dummy(word) and word.pos_ != "PRON" and word.lower_ in {"there", "here"}:
            continue
        describes = word in verb.ancestors and word.pos_ in NOUNS
        found += attachment_entities(draft, word, verb) if describes else entities(draft, word)
    return list(dict.fromkeys(found))


def _shared_objects(draft: Draft, verb: Token) -> list[int]:
    """As in "holds and throws a ball": the object of the verb that directly follows, where the first one wants one."""
    if lemma_of(verb) not in TRANSITIVE_VERBS or not is_bare(verb):
        return []
    for child in verb.rights:
        between = verb.doc[verb.i + 1 : child.i]
        if (
            child.dep_ == "conj"
            and child.pos_ == "VERB"
            and all(word.dep_ in {"cc", "advmod", "aux"} for word in between)
        ):
            return [node for word in direct_objects(child) for node in entities(draft, word)]
    return []


def is_bare(verb: Token) -> bool:
    """Whether a verb has nothing after it that is its own."""
    return not any(child.dep_ in {"prep", "prt", "dobj", "xcomp", "ccomp", "dative"} for child in verb.children)


def is_argument(phrase: Preposition) -> bool:
    """Whether a phrase names a thing that takes part, rather than a manner, a time or a clause."""
    if phrase.noun is None or is_participle(phrase):
        return False
    return not (is_manner(phrase) or is_time(phrase) or is_order(phrase))


def _covering(verb: Token, phrases: list[Preposition]) -> Preposition | None:
    """As in "covered with snow" is covered by snow: the phrase that holds the actor."""
    if lemma_of(verb) not in {"cover", "surround"}:
        return None
    return next((phrase for phrase in phrases if phrase.lemma in COVER_PREPOSITIONS), None)


def _node(draft: Draft, verb: Token, actors: list[int], patients: list[int], phrase: Preposition | None = None) -> int:
    closing = particles(verb)
    placed_only = phrase is not None and is_passive(verb) and lemma_of(verb) in SIGHT_VERBS
    head = phrase.words[0] if placed_only and phrase is not None else verb
    words = [*([] if placed_only else [verb, *closing]), *(phrase.words if phrase else ())]
    preposition = phrase.lemma if phrase else ""
    lemma = preposition if placed_only else predicate_lemma(verb, closing, preposition)
    node = draft.add(NodeKind.PREDICATE, head, lemma=lemma, words=words, event=verb.i)
    shared = phrase is None and not direct_objects(verb) and not is_passive(verb)
    draft.connect_all(actors, [node], EdgeKind.SUBJECT)
    draft.connect_all([node], patients, EdgeKind.OBJECT, GUESS if shared else 1.0)
    return node


def _recipients(draft: Draft, verb: Token, actors: list[int]) -> list[int]:
    """As in "gives the dog a bone": the dog is whom it is given to, as in "gives a bone to the dog"."""
    nodes = []
    for child in verb.children:
        if child.dep_ == "dative" and child.pos_ in {"NOUN", "PROPN", "PRON"}:
            lemma = f"{predicate_lemma(verb, particles(verb))} to"
            node = draft.add(NodeKind.PREDICATE, verb, lemma=lemma, words=[verb], event=verb.i)
            draft.connect_all(actors, [node], EdgeKind.SUBJECT)
            draft.connect_all([node], entities(draft, child), EdgeKind.OBJECT)
            nodes.append(node)
    return nodes
