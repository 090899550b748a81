"""Ids for published files that name one thing several times."""


class Numbered:
    """Makes names unique: the first keeps its name, the second of the same becomes ``name#2``, the third ``name#3``.

    A number is kept for each name, not the name.
    """

    def __init__(self) -> None:
        self._told: dict[int, int] = {}

    def __call__(self, name: str) -> str:
        """The name, with its number from the second time on."""
        key = hash(name)
        times = self._told[key] = self._told.get(key, 0) + 1
        return name if times == 1 else f"{name}#{times}"
