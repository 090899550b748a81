"""What a result says of how it came about: versions, settings and their hash, what was found of the data."""

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from finsta.data.datasets import DataCheck

PACKAGES = ("finsta", "torch", "transformers", "numpy", "av", "spacy")


def versions() -> dict[str, str]:
    """Of Python and of the packages that figures depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def settings_hash(settings: Mapping[str, Any]) -> str:
    """Sixteen hexadecimal digits that two runs share exactly where all their settings are the same."""
    text = json.dumps(settings, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def check_facts(check: DataCheck) -> dict[str, Any]:
    """The part of a data check that a result keeps: counts beside the official ones, faults, missing videos."""
    return {
        "name": check.name,
        "variant": check.variant,
        "split": check.split,
        "protocol": check.protocol,
        "source": check.source,
        "complete": check.complete,
        "counts": {count.what: {"found": count.found, "official": count.official} for count in check.counts},
        "faults": len(check.faults),
        "missing_videos": None if check.missing is None else len(check.missing),
    }
