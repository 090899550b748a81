"""Detections to tracks (our definition): ``tracks`` says what a track is, ``shots`` makes those of a video.

``packed`` keeps the frames of a shot small, ``association`` follows objects from frame to frame, ``continuity`` finds
again what was gone, ``motion_model`` predicts.
"""

from finsta.video.tracking.packed import PackedFrames
from finsta.video.tracking.shots import track_shots
from finsta.video.tracking.tracks import AnalysedFrame, ObjectTrack, TrackerConfig, stabilise

__all__ = ["AnalysedFrame", "ObjectTrack", "PackedFrames", "TrackerConfig", "stabilise", "track_shots"]
