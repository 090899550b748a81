"""``finsta describe HOST``: what post-training would read, move, carry and leave out."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from finsta.config import PostTrainConfig, check
from finsta.errors import HostError

if TYPE_CHECKING:
    from finsta.training.post_training.description import HostDescription

SIDES = {"text": "text encoder", "video": "video encoder", "cross_modal": "cross-modal encoder"}


@dataclass(frozen=True, kw_only=True)
class Describe:
    """Print what is read of a host, which weights move under the settings, what is carried where, what is missing."""

    # Folder or hub id of a host, or the model_type of a family.
    host: Annotated[str, tyro.conf.Positional]
    # Print it as JSON.
    json: bool = False
    # The settings of the run, as `finsta post-train` takes them.
    config: Annotated[PostTrainConfig, tyro.conf.arg(name="")] = PostTrainConfig()

    def run(self) -> None:
        """Load the host and print.

        Raises:
            HostError: if the host cannot be used.
            InputError: if the settings name what is not there.
        """
        from finsta.command_line.hosts import lines, table
        from finsta.command_line.output import results
        from finsta.training.post_training.description import describe_host
        from finsta.transfer.hosts import load_host

        check(self.config)
        families = [row for row in table() if row["model_type"] == self.host]
        if families:
            printed = json.dumps(families, indent=1) if self.json else "\n".join(lines(families))
            results.print(printed, markup=False)
            return
        _check_name(self.host)
        host = load_host(self.host, num_frames=self.config.frames or None)
        found = describe_host(host, self.config)
        printed = json.dumps(asdict(found), indent=1) if self.json else "\n".join(sheet(found, self.config))
        results.print(printed, markup=False)


def _check_name(name: str) -> None:
    """A word that is neither a folder nor the id of a model may be a family, misspelt."""
    from finsta.transfer.hosts import HOSTS

    near = get_close_matches(name, HOSTS, n=3)
    if near and "/" not in name and not Path(name).exists():
        raise HostError(
            f"{name}: there is no folder and no family of hosts of this name; the nearest families are "
            f"{', '.join(near)}; `finsta hosts` lists them"
        )


def sheet(found: "HostDescription", config: PostTrainConfig) -> Iterator[str]:
    """The description for people."""
    yield f"{found.name}: {found.title}"
    kind = f"{found.model_class}, {_kind(found.family)}"
    kind += f" (model_type {found.model_type})" if found.model_type else ""
    yield _fact("model", f"{kind}; {found.parameters:,} parameters")
    temperature = "" if found.temperature is None else f", temperature {found.temperature:.4g}"
    yield _fact("own loss", found.loss + temperature)
    height, width = found.frame_size
    number = "for which the weights are made" if found.fixed_frames else "of any number"
    yield _fact("reads of a clip", f"{found.frames} frames ({number}) of {height} × {width} pixels")
    if found.text_length is not None:
        yield _fact("reads of a text", f"{found.text_length} tokens at most")
    for read in found.reads:
        yield _fact(read.what, f"{read.module} ({read.kind}): {read.shape}")
    yield from _moving(found, config)
    for side, forms in found.carried.items():
        told = ", ".join(f"{form} {weight:g}" for form, weight in forms.items()) or "nothing"
        yield _fact(f"into the {SIDES[side]}", told)
    for notice in found.notices:
        yield _fact("not carried", notice.removeprefix(f"{found.name}: "))
    text = "" if found.text_operations is None else f"; a word {_giga(found.text_operations)}"
    yield _fact("operations", f"a clip {_giga(found.clip_operations)}{text}; the same after post-training")


def _moving(found: "HostDescription", config: PostTrainConfig) -> Iterator[str]:
    words = " ".join(config.train)
    yield _fact(f"moves (--train {words})", f"{found.moving:,} parameters")
    for part, size in found.moving_in.items():
        yield _fact("", f"{part}: {size:,}")


def _kind(family: str) -> str:
    return "a generative model" if family == "generative" else f"a {family}"


def _giga(operations: int) -> str:
    return f"{operations / 1e9:.3g} GFLOP"


def _fact(name: str, value: str) -> str:
    return f"  {name:<28} {value}".rstrip()
