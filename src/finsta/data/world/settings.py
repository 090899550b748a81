"""What can be chosen about a world."""

from dataclasses import dataclass

from finsta.errors import InputError

VERSION = 1
"""Rises whenever the same seed would give other annotations than before."""


@dataclass(frozen=True, kw_only=True)
class WorldConfig:
    """The make of the clips. Two worlds are the same when seed, version and these agree."""

    # Width and height of the square frames in pixels; even.
    size: int = 64
    # Frames in a second of video.
    frames_per_second: int = 8
    # Frames in a clip.
    frame_count: int = 32
    # Key frames of the gold video graph, evenly spaced.
    key_frames: int = 8
    # Share of the clips with two events, one after the other or at the same time.
    two_events: float = 0.5
    # Share of the clips in which the camera slowly pans or zooms.
    camera_motion: float = 0.35
    # Chance that a caption says whether an event is slow or quick.
    adverb_mentioned: float = 0.7

    def check(self) -> None:
        """Raise ``InputError`` where the events would not fit into a clip or could not be seen in it."""
        if self.size < 32 or self.size % 2:
            raise InputError(f"size: expected an even number of pixels, 32 or more; found {self.size}")
        if self.frames_per_second < 8:
            raise InputError(
                f"frames_per_second: expected 8 or more (quick events blur below), found {self.frames_per_second}"
            )
        if self.frame_count < 4 * self.frames_per_second:
            raise InputError(
                f"frame_count: expected 4 seconds or more ({4 * self.frames_per_second} frames at "
                f"{self.frames_per_second} per second) so that two events fit, found {self.frame_count}"
            )
        if not 8 * self.frame_count / (4 * self.frames_per_second) <= self.key_frames <= self.frame_count:
            raise InputError(
                f"key_frames: expected two a second or more and at most one a frame, found {self.key_frames} "
                f"for {self.frame_count} frames at {self.frames_per_second} per second"
            )
        for name in ("two_events", "camera_motion", "adverb_mentioned"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name}: expected a share in [0, 1], found {getattr(self, name)}")

    @property
    def key_frame_indices(self) -> list[int]:
        """The frame in the middle of each of ``key_frames`` equal parts of the clip."""
        return [int((key + 0.5) * self.frame_count / self.key_frames) for key in range(self.key_frames)]
