"""The world as TGIF-QA, the task FrameQA: GIFs with questions for a thing, a number, a colour and a place.

The published training file holds training and validation clips; the GIFs have such names that the reader, which carves
its validation split by a hash of them, finds the world's own.
"""

from itertools import count

from finsta.data.datasets.tgif import is_val
from finsta.data.world.formats.captions import caption
from finsta.data.world.formats.clips import World, WorldClip
from finsta.data.world.formats.content import FormatContent, VideoJob, table
from finsta.data.world.formats.names import hexadecimal
from finsta.data.world.formats.questions import balanced

SPLITS = {"Train": ("train", "val"), "Test": ("test",)}
CODES = {"subject": 0, "object": 0, "total": 1, "texture": 1, "color": 2, "location": 3}
"""Templates of questions and the published codes of their types."""

HEADER = ("gif_name", "question", "answer", "type", "vid_id", "key", "description")


def tgif(world: World) -> FormatContent:
    """Two tables between tabs, whatever their names say, with the line ends of the published ones."""
    files, videos = {}, []
    number = 0
    for split, sources in SPLITS.items():
        clips = world.of(*sources)
        rows = []
        for clip, question in balanced(clips, "tgif", templates=tuple(CODES), each=4):
            number += 1
            description = caption(clip, "tgif").rstrip(".").lower() + " ."
            code = CODES[question.template]
            rows.append(
                [_name(clip), question.text, question.answer, code, f"FRAMEQA{number}", clip.index, description]
            )
        files[f"{split}_frameqa_question.csv"] = table(rows, header=HEADER, delimiter="\t", end="\r\n")
        videos += [VideoJob(target=f"videos/{_name(clip)}.gif", way="recode", sources=(clip.video,)) for clip in clips]
    return FormatContent(files=files, videos=tuple(videos))


def _name(clip: WorldClip) -> str:
    names = (f"tumblr_{hexadecimal(f'tgif {attempt}', clip, 19)}_{clip.config.size}" for attempt in count())
    return next(name for name in names if clip.split == "test" or is_val(name) == (clip.split == "val"))
