"""The world as Kinetics-400 and as Something-Something v2: each event cut out of its clip, with a class.

Of two events at the same time the first one names the class. The official split whose labels are published holds the
world's test clips; the test split, without labels, holds its validation clips.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor

from finsta.data.world.formats.clips import World, WorldClip
from finsta.data.world.formats.content import FormatContent, VideoJob, json_bytes, lines, table
from finsta.data.world.formats.names import youtube_id
from finsta.data.world.scene import Event
from finsta.data.world.vocabulary import ADVERBLESS, ADVERBS, VERBS

KINETICS_SPLITS = {"train": "train", "val": "test", "test": "val"}
SOMETHING_SPLITS = {"train": "train", "validation": "test", "test": "val"}
"""Official splits and the world's."""

MARGIN = 1
"""Frames kept before and after an event."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """An event of a clip, to be cut out of it; ``number`` counts the events of the clip."""

    clip: WorldClip
    event: Event
    number: int

    def job(self, target: str, *, recode: bool) -> VideoJob:
        """How its video is made."""
        return VideoJob(
            target=target,
            way="recode" if recode else "cut",
            sources=(self.clip.video,),
            first=max(self.event.first - MARGIN, 0),
            last=min(self.event.last + MARGIN, self.clip.config.frame_count - 1),
        )


def moments(clips: Sequence[WorldClip]) -> Iterator[Moment]:
    """The events of clips, one after the other; of events at the same time the first."""
    for clip in clips:
        events = clip.scene.events if clip.scene.relation != "while" else clip.scene.events[:1]
        for number, event in enumerate(events):
            yield Moment(clip=clip, event=event, number=number)


def kinetics_class(event: Event) -> str:
    """Such as ``moving away from``: 17 classes."""
    return VERBS[event.predicate].forms[0][1]


def kinetics(world: World) -> FormatContent:
    """``kinetics-400_{train,val,test}.csv`` and the list of classes, which a small world does not show in full."""
    files = {"label_map_k400.txt": lines(sorted(verb.forms[0][1] for verb in VERBS.values()))}
    videos = []
    for split, source in KINETICS_SPLITS.items():
        rows = []
        for moment in moments(world.of(source)):
            label, name = kinetics_class(moment.event), youtube_id("kinetics", moment.clip)
            start, end = moment.clip.seconds(moment.event)
            times = (floor(start), max(ceil(end), floor(start) + 1))
            file = f"{name}_{times[0]:06d}_{times[1]:06d}.mp4"
            labelled = split != "test"
            folder = f"{split}/{label.replace(' ', '_')}" if labelled else split
            videos.append(moment.job(f"videos/{folder}/{file}", recode=False))
            rows.append([label, name, *times, split, 0] if labelled else [name, *times, split])
        clip = ["youtube_id", "time_start", "time_end", "split"]
        header = ["label", *clip, "is_cc"] if split != "test" else clip
        files[f"kinetics-400_{split}.csv"] = table(rows, header=header)
    return FormatContent(files=files, videos=tuple(videos))


def something_template(predicate: str, pace: str | None) -> str:
    """Such as ``[Something] pushing [something] quickly``."""
    words = ["[Something]", VERBS[predicate].forms[0][1], "[something]" if VERBS[predicate].binary else "", pace or ""]
    return " ".join(filter(None, words))


def something_labels() -> dict[str, str]:
    """The 33 classes, verb with pace, and their indices as text."""
    templates = [
        something_template(verb, pace)
        for verb in sorted(VERBS)
        for pace in ((None,) if verb in ADVERBLESS else sorted(ADVERBS))
    ]
    names = (template.replace("[", "").replace("]", "") for template in templates)
    return {name: str(number) for number, name in enumerate(sorted(names))}


def something(world: World) -> FormatContent:
    """``something-something-v2-{labels,train,validation,test}.json`` and WebM files by number."""
    files = {"something-something-v2-labels.json": json_bytes(something_labels(), indent=0)}
    videos = []
    for split, source in SOMETHING_SPLITS.items():
        entries = []
        for moment in moments(world.of(source)):
            name = str(10 * moment.clip.index + moment.number + 1)
            videos.append(moment.job(f"videos/{name}.webm", recode=True))
            entries.append({"id": name} | (_described(moment) if split != "test" else {}))
        files[f"something-something-v2-{split}.json"] = json_bytes(entries)
    return FormatContent(files=files, videos=tuple(videos))


def _described(moment: Moment) -> dict[str, object]:
    event, things = moment.event, moment.clip.scene.things
    acting = [event.subject] if event.object is None else [event.subject, event.object]
    names = [f"{things[thing].colour} {things[thing].noun}" for thing in acting]
    template = something_template(event.predicate, event.adverb)
    label = template
    for name in names:
        opening = label.lower().index("[something]")
        label = label[:opening] + name + label[opening + len("[something]") :]
    return {"label": label, "template": template, "placeholders": names}
