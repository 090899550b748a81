"""The universal rules on trees built by hand, so that no model's slips hide in them: UD, German and Chinese labels."""

import pytest
import spacy
from spacy.tokens import Doc

from finsta.text.universal.labels import scheme_of, to_universal
from finsta.text.universal.parser import graph_of_tree
from tests.text.facts import facts


def tree(rows, language="xx", *, joint=" "):
    """A document from rows ``word lemma pos head relation [features]``; heads count from 1, 0 is the root."""
    table = [row.split() for row in rows.strip().splitlines()]
    heads = [int(row[3]) - 1 if row[3] != "0" else index for index, row in enumerate(table)]
    return Doc(
        spacy.blank(language).vocab,
        words=[row[0] for row in table],
        spaces=[bool(joint)] * len(table),
        lemmas=[row[1] for row in table],
        pos=[row[2] for row in table],
        heads=heads,
        deps=[row[4] for row in table],
        morphs=[row[5] if len(row) > 5 else "" for row in table],
    )


def said(rows, language="xx", *, scheme="universal", joint=" "):
    doc = to_universal(tree(rows, language, joint=joint), scheme)
    graph = graph_of_tree(doc, doc.text)
    graph.validate()
    return facts(graph)


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


GERMAN = {
    "Der Mann hat den roten Ball geworfen": (
        """
        Der der DET 2 nk Definite=Def|Gender=Masc|Number=Sing
        Mann Mann NOUN 3 sb Gender=Masc|Number=Sing
        hat haben AUX 0 ROOT VerbForm=Fin
        den der DET 6 nk Definite=Def
        roten rot ADJ 6 nk
        Ball Ball NOUN 7 oa Gender=Masc|Number=Sing
        geworfen werfen VERB 3 oc VerbForm=Part
        """,
        ["ball:rot", "mann|werfen|ball"],
    ),
    "Die Katze wird von einem Hund gejagt": (
        """
        Die der DET 2 nk
        Katze Katze NOUN 3 sb
        wird werden AUX 0 ROOT VerbForm=Fin
        von von ADP 7 sbp
        einem ein DET 6 nk
        Hund Hund NOUN 4 nk
        gejagt jagen VERB 3 oc VerbForm=Part
        """,
        ["hund|jagen|katze"],
    ),
    "Ein Junge sitzt nicht auf der Bank": (
        """
        Ein ein DET 2 nk
        Junge Junge NOUN 3 sb
        sitzt sitzen VERB 0 ROOT VerbForm=Fin
        nicht nicht PART 3 ng
        auf auf ADP 3 mo
        der der DET 7 nk
        Bank Bank NOUN 5 nk
        """,
        ["junge|sitzen auf|bank", "sitzen auf~not"],
    ),
    "Das Buch ist rot": (
        """
        Das der DET 2 nk
        Buch Buch NOUN 3 sb
        ist sein AUX 0 ROOT VerbForm=Fin
        rot rot ADJ 3 pd
        """,
        ["buch:rot"],
    ),
    "Das Buch ist auf dem Tisch": (
        """
        Das der DET 2 nk
        Buch Buch NOUN 3 sb
        ist sein AUX 0 ROOT VerbForm=Fin
        auf auf ADP 3 mo
        dem der DET 6 nk
        Tisch Tisch NOUN 4 nk
        """,
        ["buch|auf|tisch"],
    ),
    "Ein Mann und eine Frau tanzen langsam": (
        """
        Ein ein DET 2 nk
        Mann Mann NOUN 6 sb
        und und CCONJ 2 cd
        eine ein DET 5 nk
        Frau Frau NOUN 3 cj
        tanzen tanzen VERB 0 ROOT VerbForm=Fin
        langsam langsam ADV 6 mo
        """,
        ["frau|tanzen|-", "mann|tanzen|-", "tanzen~langsam"],
    ),
    "Der Hund , der die Katze jagt , bellt": (
        """
        Der der DET 2 nk
        Hund Hund NOUN 9 sb Gender=Masc|Number=Sing
        , , PUNCT 2 punct
        der der PRON 7 sb PronType=Rel
        die der DET 6 nk
        Katze Katze NOUN 7 oa
        jagt jagen VERB 2 rc VerbForm=Fin
        , , PUNCT 2 punct
        bellt bellen VERB 0 ROOT VerbForm=Fin
        """,
        ["hund|bellen|-", "hund|jagen|katze"],
    ),
    "Die Frau zieht einen Mantel an": (
        """
        Die der DET 2 nk
        Frau Frau NOUN 3 sb
        zieht ziehen VERB 0 ROOT VerbForm=Fin
        einen ein DET 5 nk
        Mantel Mantel NOUN 3 oa
        an an ADP 3 svp
        """,
        ["frau|anziehen|mantel"],
    ),
    "Der Mann isst , bevor die Frau geht": (
        """
        Der der DET 2 nk
        Mann Mann NOUN 3 sb
        isst essen VERB 0 ROOT VerbForm=Fin
        , , PUNCT 3 punct
        bevor bevor SCONJ 8 cp
        die der DET 7 nk
        Frau Frau NOUN 8 sb
        geht gehen VERB 3 mo VerbForm=Fin
        """,
        ["essen<gehen", "frau|gehen|-", "mann|essen|-"],
    ),
    "Es gibt zwei Hunde im Park": (
        """
        Es es PRON 2 ep
        gibt geben VERB 0 ROOT VerbForm=Fin
        zwei zwei NUM 4 nk
        Hunde Hund NOUN 2 oa Number=Plur
        im in ADP 2 mo
        Park Park NOUN 5 nk
        """,
        ["hund:zwei", "hund|in|park"],
    ),
    "ein Mann mit dem Hut der Frau": (
        """
        ein ein DET 2 nk
        Mann Mann NOUN 0 ROOT
        mit mit ADP 2 mnr
        dem der DET 5 nk
        Hut Hut NOUN 3 nk
        der der DET 7 nk
        Frau Frau NOUN 5 ag
        """,
        ["frau|have|hut", "mann|mit|hut"],
    ),
    "Die Frau gibt dem Hund einen Knochen und seinen Ball": (
        """
        Die der DET 2 nk
        Frau Frau NOUN 3 sb
        gibt geben VERB 0 ROOT VerbForm=Fin
        dem der DET 5 nk
        Hund Hund NOUN 3 da
        einen ein DET 7 nk
        Knochen Knochen NOUN 3 oa
        und und CCONJ 7 cd
        seinen sein DET 10 nk Poss=Yes
        Ball Ball NOUN 8 cj
        """,
        ["frau|geben|ball", "frau|geben|hund", "frau|geben|knochen", "frau|have|ball"],
    ),
}


@pytest.mark.parametrize(("rows", "expected"), GERMAN.values(), ids=list(GERMAN))
def test_german_labels_are_mapped(rows, expected):
    assert said(rows, "de", scheme="tiger") == sorted(expected)


CHINESE = {
    "一个男人骑自行车": (
        """
        一 一 NUM 3 nummod
        个 个 NUM 1 mark:clf
        男人 男人 NOUN 4 nsubj
        骑 骑 VERB 0 ROOT
        自行车 自行车 NOUN 4 dobj
        """,
        ["男人|骑|自行车"],
    ),
    "狗在公园里跑": (
        """
        狗 狗 NOUN 5 nsubj
        在 在 ADP 3 case
        公园 公园 NOUN 5 nmod:prep
        里 里 PART 3 case
        跑 跑 VERB 0 ROOT
        """,
        ["狗|跑 在 里|公园"],
    ),
    "男孩没有踢红色球": (
        """
        男孩 男孩 NOUN 3 nsubj
        没有 没有 ADV 3 neg
        踢 踢 VERB 0 ROOT
        红色 红色 ADJ 5 amod
        球 球 NOUN 3 dobj
        """,
        ["球:红色", "男孩|踢|球", "踢~not"],
    ),
    "猫被狗追": (
        """
        猫 猫 NOUN 4 nsubjpass
        被 被 ADP 4 auxpass
        狗 狗 NOUN 4 nsubj
        追 追 VERB 0 ROOT
        """,
        ["狗|追|猫"],
    ),
    "男人的帽子是红色的": (
        """
        男人 男人 NOUN 3 nmod:poss
        的 的 PART 1 case
        帽子 帽子 NOUN 5 nsubj
        是 是 VERB 5 cop
        红色 红色 ADJ 0 ROOT
        的 的 PART 5 mark
        """,
        ["帽子:红色", "男人|have|帽子"],
    ),
    "戴帽子的女孩跳舞": (
        """
        戴 戴 VERB 4 acl
        帽子 帽子 NOUN 1 dobj
        的 的 PART 1 mark
        女孩 女孩 NOUN 5 nsubj
        跳舞 跳舞 VERB 0 ROOT
        """,
        ["女孩|戴|帽子", "女孩|跳舞|-"],
    ),
}


@pytest.mark.parametrize(("rows", "expected"), CHINESE.values(), ids=list(CHINESE))
def test_chinese_labels_are_mapped(rows, expected):
    assert said(rows, "zh", scheme="chinese", joint="") == sorted(expected)


@pytest.mark.parametrize(
    ("labels", "scheme"),
    [
        (["ROOT", "sb", "nk", "oa"], "tiger"),
        (["ROOT", "nsubj", "dobj", "pobj"], "clear"),
        (["ROOT", "nsubj", "dobj", "nmod:prep"], "chinese"),
        (["ROOT", "nsubj", "obj", "obl"], "universal"),
    ],
)
def test_the_scheme_is_told_by_the_labels(labels, scheme):
    assert scheme_of(labels) == scheme


@pytest.mark.parametrize(("text", "warning"), [("  ", "the text is empty"), (",", "names no object and no action")])
def test_a_text_without_content_says_so(text, warning):
    doc = Doc(spacy.blank("xx").vocab, words=[text.strip() or " "], pos=["PUNCT"], deps=["ROOT"], heads=[0])
    assert warning in graph_of_tree(doc, text).warnings[0]
