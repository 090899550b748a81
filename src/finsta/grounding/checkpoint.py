"""The file from which `finsta ground` loads what a run has learned: ``run/grounding.safetensors``."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from finsta.config import AlignmentConfig, EncoderConfig
from finsta.errors import FormatError, InputError
from finsta.graphs.serialization import write_bytes
from finsta.transfer.labels import LabelTable
from finsta.transfer.teacher import GraphTeacher

FORMAT = "finsta-grounding-model"
VERSION = "1"
FILE = Path("run") / "grounding.safetensors"
"""Inside the folder of the enhanced host."""

LABELS = "labels.vectors"


@dataclass(frozen=True, kw_only=True)
class TeacherFile:
    """What the file holds: the teacher, and the host that read its labels."""

    teacher: GraphTeacher
    base_host: str


def save_teacher(teacher: GraphTeacher, path: Path, *, base_host: str) -> None:
    """Write graph encoder, alignment and label table, whole or not at all.

    Args:
        teacher: Trained.
        path: The file.
        base_host: Folder or hub id of the host as it was before training: it reads labels that are new.

    Raises:
        OutputError: if the file cannot be written.
    """
    from safetensors.torch import save

    labels = teacher.labels
    tensors = {name: value.detach().cpu().contiguous() for name, value in teacher.state_dict().items()}
    tensors[LABELS] = labels.vectors.cpu().contiguous()
    facts = {
        "format": FORMAT,
        "version": VERSION,
        "encoder": json.dumps(asdict(teacher.encoder.config)),
        "alignment": json.dumps(asdict(teacher.alignment.config)),
        "labels": json.dumps(list(labels.row), ensure_ascii=False),
        "region_dim": str(teacher.encoder.embedding.region.in_features),
        "base_host": base_host,
    }
    write_bytes(path, save(tensors, metadata=facts))


def load_teacher(path: Path) -> TeacherFile:
    """Read what :func:`save_teacher` wrote, on the processor and in evaluation mode.

    Raises:
        InputError: if there is no such file.
        FormatError: if it is none of these files, or broken.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise InputError(
            f"{path}: there is no such file; give the folder that `finsta post-train` wrote (not --control, and with "
            "transfer.grounding above 0)"
        )
    try:
        with safe_open(path, framework="pt") as file:
            facts = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise FormatError(f"{path}: cannot be read as safetensors: {error}; copy it again") from error
    if facts.get("format") != FORMAT or facts.get("version") != VERSION:
        found = f"format {facts.get('format')!r}, version {facts.get('version')!r}"
        raise FormatError(f"{path}: expected format {FORMAT!r}, version {VERSION}; found {found}; train it again")
    try:
        teacher = _teacher(facts, tensors)
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise FormatError(f"{path}: its tensors do not fit its settings: {error}; train it again") from error
    return TeacherFile(teacher=teacher.eval(), base_host=facts["base_host"])


def _teacher(facts: dict[str, str], tensors: dict[str, torch.Tensor]) -> GraphTeacher:
    encoder: dict[str, Any] = json.loads(facts["encoder"])
    alignment: dict[str, Any] = json.loads(facts["alignment"])
    teacher = GraphTeacher(
        EncoderConfig(**encoder),
        AlignmentConfig(**alignment),
        labels=LabelTable.of(json.loads(facts["labels"]), tensors.pop(LABELS)),
        region_dim=int(facts["region_dim"]),
        union=any(name.startswith("union.") for name in tensors),
    )
    teacher.load_state_dict(tensors)
    return teacher
