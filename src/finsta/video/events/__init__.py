"""Tracks to motion relations (our definition): ``find`` holds the table of events; each is a function of its own.

``motion`` and ``pairs`` measure one track and two; ``solo``, ``border``, ``pair``, ``contact`` and ``round`` hold the
events; ``pace`` adds adverbs, ``parts`` marks what a fuller event implies.
"""

from finsta.video.events.find import find_events
from finsta.video.events.motion import Event, Interval, Motion

__all__ = ["Event", "Interval", "Motion", "find_events"]
