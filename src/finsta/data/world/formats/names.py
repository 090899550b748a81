"""Names of the kind that published data have, drawn by a hash: the same for the same world."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from finsta.data.world.formats.clips import WorldClip
from finsta.data.world.formats.films import Film


def _digest(use: str, clips: tuple[WorldClip, ...]) -> bytes:
    return sha256(f"{use}|{clips[0].seed}|{'.'.join(str(clip.index) for clip in clips)}".encode()).digest()


def _clips(source: WorldClip | Film) -> tuple[WorldClip, ...]:
    return source.clips if isinstance(source, Film) else (source,)


def youtube_id(use: str, source: WorldClip | Film) -> str:
    """Eleven characters, digits, letters, ``-`` and ``_``."""
    return urlsafe_b64encode(_digest(use, _clips(source)))[:11].decode()


def number(use: str, source: WorldClip | Film, digits: int) -> int:
    """A number of so many decimal digits."""
    least: int = 10 ** (digits - 1)
    return least + int.from_bytes(_digest(use, _clips(source))[:8]) % (9 * least)


def hexadecimal(use: str, source: WorldClip | Film, length: int) -> str:
    """So many hexadecimal digits."""
    return _digest(use, _clips(source)).hex()[:length]
