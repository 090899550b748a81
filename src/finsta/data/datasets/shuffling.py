"""An order for choices that is drawn once for all: by a hash of what they belong to, on every machine the same."""

from hashlib import sha256


def shuffled(salt: str, key: str, count: int) -> list[int]:
    """The numbers below ``count`` in an order that looks random and depends on the arguments alone.

    Args:
        salt: Names the data set and the use, so that two uses of one key are independent.
        key: What the choices belong to; not its place in the file, so that a file with rows left out is no other.
        count: How many choices there are.
    """
    digests = [sha256(f"{salt}|{key}|{place}".encode()).digest() for place in range(count)]
    return sorted(range(count), key=digests.__getitem__)


def share(salt: str, key: str) -> float:
    """A number in [0, 1) that looks random and depends on the arguments alone."""
    return int.from_bytes(sha256(f"{salt}|{key}".encode()).digest()[:6]) / 2**48
