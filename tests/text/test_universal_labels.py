"""German and Chinese labels mapped to UD, on trees built by hand after the guidelines of their treebanks."""

import pytest

from finsta.text.universal.labels import scheme_of
from tests.text.trees import said

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
