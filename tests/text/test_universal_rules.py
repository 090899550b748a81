"""The universal rules on UD trees built by hand, so that no model's slips hide in them."""

import pytest
import spacy
from spacy.tokens import Doc

from finsta.text.universal.parser import graph_of_tree
from tests.text.trees import said

UNIVERSAL = {
    "a subject, an object and a place": (
        """
        boy boy NOUN 2 nsubj
        puts put VERB 0 ROOT VerbForm=Fin
        balls ball NOUN 2 obj
        into into ADP 6 case
        the the DET 6 det
        box box NOUN 2 obl
        """,
        ["boy|put into|box", "boy|put|ball"],
    ),
    "a passive with its agent": (
        """
        cat cat NOUN 3 nsubj:pass
        was be AUX 3 aux:pass
        chased chase VERB 0 ROOT VerbForm=Part
        by by ADP 5 case
        dog dog NOUN 3 obl:agent
        """,
        ["dog|chase|cat"],
    ),
    "a passive without agent, with a place": (
        """
        water water NOUN 3 nsubj:pass
        is be AUX 3 aux:pass
        poured pour VERB 0 ROOT VerbForm=Part
        into into ADP 5 case
        glass glass NOUN 3 obl
        """,
        ["water|pour into|glass"],
    ),
    "a relative clause about its subject": (
        """
        dog dog NOUN 6 nsubj
        that that PRON 3 nsubj PronType=Rel
        chases chase VERB 1 acl:relcl VerbForm=Fin
        cats cat NOUN 3 obj
        is be AUX 6 cop
        brown brown ADJ 0 ROOT
        """,
        ["dog:brown", "dog|chase|cat"],
    ),
    "a relative clause about a place": (
        """
        bench bench NOUN 0 ROOT
        on on ADP 3 case
        which which PRON 5 obl PronType=Rel
        he he PRON 5 nsubj PronType=Prs|Person=3
        sits sit VERB 1 acl:relcl VerbForm=Fin
        """,
        ["he|sit on|bench"],
    ),
    "a gap where the object would be": (
        """
        ball ball NOUN 0 ROOT
        the the DET 3 det
        boy boy NOUN 4 nsubj
        kicks kick VERB 1 acl:relcl VerbForm=Fin
        """,
        ["boy|kick|ball"],
    ),
    "a copula with a place and denial": (
        """
        bag bag NOUN 6 nsubj
        is be AUX 6 cop
        not not PART 6 advmod Polarity=Neg
        on on ADP 6 case
        the the DET 6 det
        table table NOUN 0 ROOT
        """,
        ["bag|on|table", "on~not"],
    ),
    "a copula with a noun": (
        """
        man man NOUN 4 nsubj
        is be AUX 4 cop
        a a DET 4 det
        doctor doctor NOUN 0 ROOT
        """,
        ["man:doctor"],
    ),
    "a coordination of subjects, verbs and adjectives": (
        """
        men man NOUN 4 nsubj Number=Plur
        and and CCONJ 3 cc
        women woman NOUN 1 conj Number=Plur
        sing sing VERB 0 ROOT VerbForm=Fin
        and and CCONJ 6 cc
        wear wear VERB 4 conj VerbForm=Fin
        black black ADJ 10 amod
        and and CCONJ 9 cc
        white white ADJ 7 conj
        hats hat NOUN 6 obj
        """,
        ["hat:black", "hat:white", "man|sing|-", "man|wear|hat", "woman|sing|-", "woman|wear|hat"],
    ),
    "numbers, compounds, names and a noun with a noun": (
        """
        Three three NUM 3 nummod
        fire fire NOUN 3 compound
        trucks truck NOUN 0 ROOT
        with with ADP 5 case
        doors door NOUN 3 nmod
        """,
        ["fire truck:three", "fire truck|with|door"],
    ),
    "a wish and who fulfils it": (
        """
        girl girl NOUN 2 nsubj
        wants want VERB 0 ROOT VerbForm=Fin
        to to PART 4 mark
        eat eat VERB 2 xcomp VerbForm=Inf
        cake cake NOUN 4 obj
        """,
        ["girl|eat|cake", "girl|want|-"],
    ),
    "a denied verb with an adverb and a count": (
        """
        dog dog NOUN 3 nsubj
        not not PART 3 advmod Polarity=Neg
        barks bark VERB 0 ROOT VerbForm=Fin
        loudly loudly ADV 3 advmod
        three three NUM 6 nummod
        times time NOUN 3 obl
        """,
        ["bark~loudly", "bark~not", "bark~three times", "dog|bark|-"],
    ),
    "a colour that an action gives": (
        """
        man man NOUN 2 nsubj
        paints paint VERB 0 ROOT VerbForm=Fin
        wall wall NOUN 2 obj
        red red ADJ 2 xcomp
        """,
        ["man|paint|wall", "wall:red"],
    ),
    "an owner by relation": (
        """
        Anna Anna PROPN 3 nmod:poss
        's 's PART 1 case
        hat hat NOUN 0 ROOT
        """,
        ["anna|have|hat"],
    ),
    "an adjective with a phrase of its own": (
        """
        bowl bowl NOUN 0 ROOT
        full full ADJ 1 amod
        of of ADP 4 case
        fruit fruit NOUN 2 obl
        """,
        ["bowl|full of|fruit"],
    ),
    "a command": (
        """
        Cut cut VERB 0 ROOT Mood=Imp
        onions onion NOUN 1 obj
        """,
        ["-|cut|onion"],
    ),
}


@pytest.mark.parametrize(("rows", "expected"), UNIVERSAL.values(), ids=list(UNIVERSAL))
def test_universal_trees_need_no_word_list(rows, expected):
    assert said(rows) == sorted(expected)


@pytest.mark.parametrize(("text", "warning"), [("  ", "the text is empty"), (",", "names no object and no action")])
def test_a_text_without_content_says_so(text, warning):
    doc = Doc(spacy.blank("xx").vocab, words=[text.strip() or " "], pos=["PUNCT"], deps=["ROOT"], heads=[0])
    assert warning in graph_of_tree(doc, text).warnings[0]
