"""What ``finsta data`` prints: the table of data sets, and the report on a split."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from finsta.data.datasets import Count, DataCheck, Dataset, DatasetSpec

KINDS = {
    "duplicate": "duplicates",
    "outside": "outside the classes or choices",
    "unannotated": "ids without annotation",
    "broken": "entries that cannot be read",
}
"""How the kinds of faults are called."""


def listed(specs: "Sequence[DatasetSpec]", *, whole: bool) -> list[str]:
    """Lines about data sets; with ``whole``, also their protocols."""
    lines = []
    for spec in specs:
        lines.append(f"{spec.name:<12} {spec.title}")
        for name, variant in spec.variants.items():
            splits = ", ".join(
                f"{split} {known[0].samples:,}" if known and known[0].samples else split
                for split, known in variant.splits.items()
            )
            lines.append(f"  {name:<12} {', '.join(variant.tasks)}: {splits}")
            if whole:
                lines += [f"    {what:<10} {getattr(variant, what)}" for what in ("protocol", "metric", "source")]
    return lines


def plain_spec(spec: "DatasetSpec") -> dict[str, Any]:
    """A data set as plain values, for JSON."""
    from dataclasses import asdict

    return {
        "name": spec.name,
        "title": spec.title,
        "suffix": spec.suffix,
        "variants": {
            name: {
                "tasks": variant.tasks,
                "protocol": variant.protocol,
                "metric": variant.metric,
                "source": variant.source,
                "splits": {split: [asdict(official) for official in known] for split, known in variant.splits.items()},
            }
            for name, variant in spec.variants.items()
        },
    }


def report(check: "DataCheck", title: str, *, most: int) -> list[str]:
    """Lines about one split; at most so many names or faults of one kind."""
    lines = [f"{title}, {check.variant}, {check.split}: {_verdict(check)}"]
    lines += [f"  {count.what.split('_')[0]:<10} {_count(count)}" for count in check.counts]
    if check.counted_by:
        lines.append(f"  {'counts of':<10} {check.counted_by}")
    for kind, called in KINDS.items():
        found = check.of(kind)
        if found or kind == "duplicate":
            lines.append(f"  {called:<10} {len(found):,}")
            lines += [f"    {fault.message}" for fault in found[:most]]
            lines += [f"    and {len(found) - most:,} more; --json has all"] if len(found) > most else []
    lines.append(f"  {'missing':<10} {_missing(check, most)}")
    if check.undecodable is not None:
        lines.append(f"  {'decoding':<10} {len(check.undecodable):,} videos do not decode")
        lines += [f"    {name}: {reason}" for name, reason in list(check.undecodable.items())[:most]]
    facts = {"task": ", ".join(check.task), "metric": check.metric, "protocol": check.protocol, "source": check.source}
    lines += [f"  {what:<10} {fact}" for what, fact in facts.items()]
    lines += [f"  {'file' if not number else '':<10} {file}" for number, file in enumerate(check.files)]
    return lines


def summary(absent: "Sequence[Dataset]") -> str:
    """One line about the splits whose files are not there."""
    names = ", ".join(f"{dataset.variant} {dataset.split}" for dataset in absent)
    return f"not there: {names}; `--variant` and `--split` say which files are looked for"


def names(found: Sequence[str], *, most: int) -> str:
    """Names one after the other, at most so many."""
    more = f" and {len(found) - most:,} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more


def _verdict(check: "DataCheck") -> str:
    if not check.complete:
        return "not as published" if check.faults else "other counts than published"
    if not any(count.official for count in check.counts):
        return "without fault; nobody says how many there should be"
    return "as published" + (", but videos are missing" if check.missing else "")


def _count(count: "Count") -> str:
    if count.official is None:
        return f"{count.found:,}"
    return f"{count.found:,} of {count.official:,}" + ("  differs" if count.differs else "")


def _missing(check: "DataCheck", most: int) -> str:
    if check.missing is None:
        return "videos were not looked for; --videos names their folder"
    if not check.missing:
        return "no video"
    return f"{len(check.missing):,} videos; results hold for the others: {names(check.missing, most=most)}"
