"""Verbs and copulas to predicate nodes, with their modifiers."""

from spacy.tokens import Token

from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.text.draft import Draft, Event
from finsta.text.universal.clauses import (
    agents,
    direct_objects,
    is_event,
    is_existential,
    is_passive,
    lemma_of_verb,
    obliques,
    particles,
    subjects,
)
from finsta.text.universal.function_words import function_words
from finsta.text.universal.nominals import add_adjective, add_attribute, conjuncts, entities, is_bare_oblique
from finsta.text.universal.words import (
    NOMINAL,
    case_words,
    children,
    has,
    is_copular,
    is_denied,
    lemma_of,
    lemma_of_case,
    name_words,
    order_words,
    relation,
)


def add_events(draft: Draft) -> None:
    """Predicate nodes of every verb and copula, in order of the text."""
    for token in draft.doc:
        if is_existential(token):
            _add_existence(draft, token)
        elif is_event(token):
            _add_event(draft, token)
        elif is_copular(token):
            _add_copula(draft, token)
        elif relation(token) == "xcomp" and token.pos_ == "ADJ":
            described = children(token.head, "obj") or subjects(token.head)
            owners = [node for word in described for node in entities(draft, word)]
            add_adjective(draft, owners, token, denied=is_denied(token.head))


def _subject_nodes(draft: Draft, token: Token) -> list[int]:
    found: list[int] = []
    for word in subjects(token):
        describes = relation(token) == "acl" and word == token.head
        members = conjuncts(word) if describes else []
        spread = not describes or (bool(members) and token.i > members[-1].i)
        found += entities(draft, word, spread=spread)
    return list(dict.fromkeys(found))


def _add_event(draft: Draft, verb: Token) -> None:
    surface = _subject_nodes(draft, verb)
    patients = [node for word in direct_objects(verb) for node in entities(draft, word)]
    actors = surface
    if is_passive(verb):
        actors = [node for word in agents(verb) for node in entities(draft, word)]
        patients = surface + patients
    phrases = [word for word in obliques(verb) if entities(draft, word)]
    if lemma_of(verb) in function_words(verb.vocab.lang).copulas and phrases and not patients:
        nodes = [_relation(draft, surface, phrase, verb) for phrase in phrases if case_words(phrase)]
        if nodes:
            draft.events[verb.i] = Event(verb=verb, nodes=nodes, clausal=relation(verb) != "acl")
            _add_modifiers(draft, verb, nodes[0])
            return
    agentless = is_passive(verb) and not actors and bool(phrases)
    nodes = []
    if not agentless and (patients or not phrases):
        nodes.append(_node(draft, verb, actors, patients))
    for phrase in phrases:
        side = patients if agentless else actors
        nodes.append(_node(draft, verb, side, entities(draft, phrase), phrase))
    draft.events[verb.i] = Event(verb=verb, nodes=nodes, clausal=relation(verb) != "acl")
    _add_modifiers(draft, verb, nodes[0])


def _node(draft: Draft, verb: Token, actors: list[int], patients: list[int], phrase: Token | None = None) -> int:
    cases = [] if phrase is None else case_words(phrase)
    lemma = " ".join(part for part in (lemma_of_verb(verb), lemma_of_case(cases)) if part)
    words = [verb, *particles(verb), *cases]
    node = draft.add(NodeKind.PREDICATE, verb, lemma=lemma, words=words, event=verb.i)
    draft.connect_all(actors, [node], EdgeKind.SUBJECT)
    draft.connect_all([node], patients, EdgeKind.OBJECT)
    return node


def _add_existence(draft: Draft, verb: Token) -> None:
    """As in "there are dogs in the park": the dogs are in the park."""
    named = children(verb, "nsubj", "obj")
    owners = [node for word in named if word.pos_ in NOMINAL for node in entities(draft, word)]
    nodes = [_relation(draft, owners, phrase, verb) for phrase in obliques(verb) if case_words(phrase)]
    if nodes:
        draft.events[verb.i] = Event(verb=verb, nodes=nodes, clausal=True)


def _relation(draft: Draft, owners: list[int], phrase: Token, event: Token) -> int:
    cases = case_words(phrase)
    node = draft.add(NodeKind.PREDICATE, cases[0], lemma=lemma_of_case(cases), words=cases, event=event.i)
    draft.connect_all(owners, [node], EdgeKind.SUBJECT)
    draft.connect_all([node], entities(draft, phrase), EdgeKind.OBJECT)
    return node


def _add_copula(draft: Draft, complement: Token) -> None:
    """As in "the hat is red", "the man is a doctor", "the bag is on the table"."""
    owners = _subject_nodes(draft, complement)
    denied = is_denied(complement)
    if complement.pos_ in NOMINAL and case_words(complement):
        node = _relation(draft, owners, complement, complement)
        draft.events[complement.i] = Event(verb=complement, nodes=[node], clausal=relation(complement) != "acl")
        if denied is not None:
            modifier = draft.add(NodeKind.PREDICATE_ATTRIBUTE, denied, lemma="not")
            draft.connect(node, modifier, EdgeKind.PREDICATE_ATTRIBUTE)
    elif complement.pos_ in NOMINAL:
        if complement.i in draft.aliases:
            words = name_words(complement)
            lemma = " ".join((["not"] if denied else []) + [lemma_of(word) for word in words])
            add_attribute(draft, owners, complement, lemma=lemma, words=[*words, *([denied] if denied else [])])
    elif complement.pos_ in {"ADJ", "VERB", "NUM"}:
        add_adjective(draft, owners, complement, denied=denied)


def _add_modifiers(draft: Draft, verb: Token, node: int) -> None:
    """Adverbs, counts, times and denial of a verb."""
    denied = is_denied(verb)
    if denied is not None:
        modifier = draft.add(NodeKind.PREDICATE_ATTRIBUTE, denied, lemma="not")
        draft.connect(node, modifier, EdgeKind.PREDICATE_ATTRIBUTE)
    for child in verb.children:
        if relation(child) == "advmod" and _says_how(child):
            for adverb in [child, *(word for word in children(child, "conj") if word.pos_ == "ADV")]:
                degree = [word for word in children(adverb, "advmod") if word.i == adverb.i - 1]
                modifier = draft.add(
                    NodeKind.PREDICATE_ATTRIBUTE, adverb, lemma=lemma_of(adverb), words=[*degree, adverb]
                )
                draft.connect(node, modifier, EdgeKind.PREDICATE_ATTRIBUTE)
        elif is_bare_oblique(child):
            words = [word for word in child.subtree if word.pos_ in {"NUM", "ADJ", "NOUN", "DET"}]
            lemma = " ".join(lemma_of(word) if word != child else word.lower_ for word in words if word.pos_ != "DET")
            modifier = draft.add(NodeKind.PREDICATE_ATTRIBUTE, child, lemma=lemma, words=words)
            draft.connect(node, modifier, EdgeKind.PREDICATE_ATTRIBUTE)


def _says_how(adverb: Token) -> bool:
    if adverb.pos_ not in {"ADV", "ADJ"} or has(adverb, "Polarity", "Neg"):
        return False
    if has(adverb, "PronType", "Int", "Rel") or children(adverb, "case", "fixed", "obl"):
        return False
    opens = any(adverb in case_words(noun) for noun in children(adverb.head, "obl"))
    return not opens and adverb.lower_ not in order_words(adverb)
