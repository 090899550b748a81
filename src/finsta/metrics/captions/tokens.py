"""Penn Treebank tokens of captions, in lower case and without punctuation, as the coco-caption pipeline makes them.

coco-caption runs Stanford's tokenizer (CoreNLP 3.4.1, ``-preserveLines -lowerCase``) in Java and takes out a list of
punctuation marks. This is a lexer of our own for English captions that gives the same tokens but for rare ones;
``python benchmarks/captions.py`` counts the captions on which the two differ. Brackets become ``-lrb-``, ``-rrb-`` and
stay, as they do there: the list names them in upper case, and the tokens are in lower case.
"""

import re
from collections.abc import Iterator

PUNCTUATION = frozenset(
    ["''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";"]
)
"""What coco-caption takes out."""

_WHOLE = {
    "(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-", '"': "''", "“": "``",
    "”": "''", "‘": "`", "’": "'", "–": "--", "—": "--", "…": "...", "½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3",
    "⅔": "2/3",
}  # fmt: skip
"""Signs that have another name in the treebank."""

_TWO = {"cannot": "can not", "gonna": "gon na", "gotta": "got ta", "wanna": "wan na", "lemme": "lem me",
        "gimme": "gim me", "'tis": "'t is", "'twas": "'t was"}  # fmt: skip
"""Words that the treebank writes as two."""

_ABBREVIATIONS = """
    adj adm adv apr ark assn asst aug ave ba bart bldg blvd brig bros btw ca calif capt cf cmdr co col cos comdr conn
    corp corps cpl ct dec del dept det dist dr drs e.g ed eds eg esp est etc feb fig figs fla fri ft ga gen gov govt
    hon hosp i.e ie ill inc ind insp inst intl jan jr jul jun kan ky la lb lieut lt ltd maj mar mass md mfg mfr mgr
    mich minn mlle mme mo mon mr mrs ms msgr mss mssrs mt mtn natl neb nev nov oct ok okla op pa penn pfc ph.d
    plc pp pres prof prop pvt pty rep reps res rev revd sen sens sep sept seq sgt sr st ste supt surg tenn tex thu
    treas tue univ va vol vols vs vt wed wis wm wyo
"""
_SHORT = "|".join(sorted(map(re.escape, _ABBREVIATIONS.split()), key=len, reverse=True))
_APOSTROPHE = "['’‘]"
_TOKEN = re.compile(
    "|".join(
        [
            r"https?://[^\s\"<>|()]+|www\.[^\s\"<>|()]+\w",
            r"[\w.+-]+@\w[\w-]*(?:\.[\w-]+)+",
            r"</?[a-z][^<>]*>",
            rf"(?:{_SHORT})\.(?![\w.])",
            r"(?<![\w'])[^\W\d_](?:\.[^\W\d_])+\.?(?!\w)",
            r"[^\W\d_]&[^\W\d_](?!\w)",
            r"-?\d+(?:[.,:/]\d+)+",
            rf"{_APOSTROPHE}(?:tis|twas|\d\ds?|s|m|d|re|ve|ll|n{_APOSTROPHE})(?!\w)",
            rf"\w+(?:(?:[-/&]|(?<![^\W\d_]{{2}}){_APOSTROPHE}(?=\D)|{_APOSTROPHE}(?=[^\W\d_]{{1,2}}(?!\w)))\w+)*",
            r"\.{2,}|-{2,}|[!?]+",
            r"\S",
        ]
    ),
    re.IGNORECASE,
)
_CLITIC = re.compile(r"(?<=.)(n't|'(?:s|m|d|re|ve|ll))$")


def tokenize(caption: str) -> list[str]:
    """The tokens of one caption, without punctuation.

    Args:
        caption: Any text; line breaks count as blanks.
    """
    return [token for token in treebank_tokens(caption) if token not in PUNCTUATION]


def treebank_tokens(text: str) -> Iterator[str]:
    """The tokens of a text in lower case, punctuation among them."""
    for found in _TOKEN.finditer(text):
        token = found[0].lower()
        if token in _WHOLE:
            yield _WHOLE[token]
            continue
        token = re.sub(_APOSTROPHE, "'", token)
        token = "..." if token.startswith("..") else token
        yield from (part for part in _CLITIC.split(_TWO.get(token, token)) if part for part in part.split())
