"""``finsta hosts``: the families of hosts that finsta knows."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from finsta.transfer.hosts import HostSpec

CAPABILITIES = {"text": "text", "video": "video", "cross_modal": "cross-modal", "joint": "joint", "generates": "writes"}


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """List the families of hosts: what they have, their own loss, their classes in `transformers`."""

    # Print the table as JSON.
    json: bool = False

    def run(self) -> None:
        """Print the table."""
        from finsta.command_line.output import results

        rows = list(table())
        if self.json:
            results.print(json.dumps(rows, indent=1), markup=False)
            return
        for line in lines(rows):
            results.print(line, markup=False)
        results.print("Anything else: a recipe for any module, or a similarity matrix alone; see docs/hosts.md.")


def table() -> Iterator[dict[str, Any]]:
    """A row for each family, and one for each of its classes that does other things than the first."""
    from finsta.transfer.hosts import HOSTS

    for model_type, spec in HOSTS.items():
        plain = [name for name in spec.classes if name not in spec.variants]
        yield row(model_type, spec, plain)
        for name, variant in spec.variants.items():
            yield row(model_type, variant, [name])


def row(model_type: str, spec: "HostSpec", classes: list[str]) -> dict[str, Any]:
    """What is told of one description."""
    return {
        "model_type": model_type,
        "family": spec.family,
        "title": spec.title,
        "classes": classes,
        "capabilities": asdict(spec.capabilities),
        "own_loss": spec.loss,
    }


def lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """The table for people, a block for each family."""
    families = dict.fromkeys(row["family"] for row in rows)
    wide = {name: max(len(cell(row)) for row in rows) for name, cell in COLUMNS.items()}
    for family in families:
        yield f"{family} models" if family == "generative" else f"{family}s"
        for found in (row for row in rows if row["family"] == family):
            cells = (cell(found).ljust(wide[name]) for name, cell in COLUMNS.items())
            yield f"  {'  '.join(cells)}  {found['title']} [{', '.join(found['classes'])}]"


def has(found: dict[str, Any]) -> str:
    """What a host has, in words."""
    return ", ".join(word for name, word in CAPABILITIES.items() if found["capabilities"][name])


COLUMNS: dict[str, Callable[[dict[str, Any]], str]] = {
    "model_type": lambda found: str(found["model_type"]),
    "own loss": lambda found: str(found["own_loss"]),
    "has": has,
}
