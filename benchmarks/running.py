"""The command that every benchmark made of sections has: choose, measure, print tables, judge."""

import argparse
import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from measuring import Row, Settings, table

Section = Callable[[Settings], list[Row]]
"""Takes the settings and returns its rows."""


def run_sections(sections: Mapping[str, Section], description: str, *, threads: int, packages: tuple[str, ...]) -> int:
    """Run the chosen sections, print a table for each; 1 if a bound is missed.

    Args:
        sections: What can be measured, by name.
        description: Of the benchmark.
        threads: For torch, unless chosen otherwise.
        packages: Those whose versions are printed.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=sections, default=list(sections), help="sections to run")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it runs, measures nothing")
    parser.add_argument("--threads", type=int, default=threads, help=f"threads for torch (default {threads})")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    options = parser.parse_args()
    if "torch" in packages:
        import torch

        torch.set_num_threads(options.threads)
    settings = Settings(quick=options.quick, threads=options.threads)
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    print(f"{versions}, Python {platform.python_version()}, {options.threads} threads\n")
    found: dict[str, list[Row]] = {}
    for name in options.only:
        found[name] = sections[name](settings)
        print(f"### {name}\n\n{table(found[name])}\n", flush=True)
    if options.json:
        plain = {name: [asdict(row) | {"met": row.met} for row in rows] for name, rows in found.items()}
        options.json.write_text(json.dumps(plain, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(any(row.met is False for rows in found.values() for row in rows))
