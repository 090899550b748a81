"""The 36 classes and 26 relations of Action Genome, by whichever spelling a file has.

The pickles write ``cup/glass/bottle`` and ``not_looking_at``, the lists of classes ``cupglassbottle`` and
``notlookingat``. Labels of ours are the former with blanks: "cup/glass/bottle", "not looking at".
"""

from finsta.errors import FormatError

OBJECTS = (
    "person", "bag", "bed", "blanket", "book", "box", "broom", "chair", "closet/cabinet", "clothes", "cup/glass/bottle",
    "dish", "door", "doorknob", "doorway", "floor", "food", "groceries", "laptop", "light", "medicine", "mirror",
    "paper/notebook", "phone/camera", "picture", "pillow", "refrigerator", "sandwich", "shelf", "shoe", "sofa/couch",
    "table", "television", "towel", "vacuum", "window",
)  # fmt: skip
"""In order of ``object_classes.txt``."""

ATTENTION = ("looking at", "not looking at", "unsure")
SPATIAL = ("above", "beneath", "in front of", "behind", "on the side of", "in")
CONTACTING = (
    "carrying", "covered by", "drinking from", "eating", "have it on the back", "holding", "leaning on", "lying on",
    "not contacting", "other relationship", "sitting on", "standing on", "touching", "twisting", "wearing", "wiping",
    "writing on",
)  # fmt: skip
RELATIONS = (*ATTENTION, *SPATIAL, *CONTACTING)
"""In order of ``relationship_classes.txt``."""


def _run_together(name: str) -> str:
    return "".join(c for c in name.lower() if c not in " _/-")


_OBJECT_OF = {_run_together(name): name for name in OBJECTS}
_RELATION_OF = {_run_together(name): name for name in RELATIONS}


def object_name(name: str, where: str) -> str:
    """The label of a class; raises ``FormatError`` for one that the data set does not have."""
    return _known(_OBJECT_OF, name, "class", where)


def relation_name(name: str, where: str) -> str:
    """The label of a relation; raises ``FormatError`` for one that the data set does not have."""
    return _known(_RELATION_OF, name, "relation", where)


def _known(names: dict[str, str], name: object, kind: str, where: str) -> str:
    found = names.get(_run_together(name)) if isinstance(name, str) else None
    if found is None:
        raise FormatError(
            f"{where}: expected a {kind} of Action Genome, found {name!r}; known are {', '.join(names.values())}; "
            "mend or leave it out"
        )
    return found
