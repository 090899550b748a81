"""From a folder or a hub id to a host, with an error that says what to do for each thing that can be wrong."""

import json
import warnings
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from finsta.errors import HostError
from finsta.quiet import quiet
from finsta.transfer.hosts.host import Host
from finsta.transfer.hosts.lookup import spec_of
from finsta.transfer.hosts.processor_files import ProcessorFiles
from finsta.transfer.hosts.spec import HostSpec

TOKENIZER_FILES = ("tokenizer.json", "vocab.json", "vocab.txt", "spiece.model", "tokenizer.model")
IMAGE_PROCESSOR_FILES = ("preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json")


class HostWarning(UserWarning):
    """A host can be used, but not all of it."""


def load_host(path_or_id: str | Path, *, num_frames: int | None = None) -> Host:
    """Load a host with its tokenizer and image processor, on the CPU, in float32, in evaluation mode.

    Weights are read from safetensors, or from pickles with ``weights_only=True``; code of a repository is never run.

    Args:
        path_or_id: A folder as ``save_pretrained`` writes it, or the id of a model on the hub.
        num_frames: Frames to read of a clip; None takes what the weights are made for; where they are free, what
            finsta trained them with (``run/config.json``), or else 8.

    Raises:
        HostError: if it is no folder and not to be had from the hub, no model, of an unknown family, incomplete or
            damaged.
    """
    name = str(path_or_id)
    if _is_local(name):
        name = str(Path(name).expanduser())
        _check_folder(Path(name))
    with quiet():
        config = _config(name)
        spec = spec_of(config.model_type, name)
        model = _model(name, config, spec)
        spec = spec.of_class(type(model).__name__)
        tokenizer = _tokenizer(name, config, spec) if spec.reads_text else None
        files = _processor_files(name, tokenizer) if spec.processor_files else None
        image_processor = _image_processor(name, spec)
        if files is not None:
            files.scale_as_videos(image_processor)
    if num_frames is None and spec.fixed_frames(config) is None:
        num_frames = _trained_frames(Path(name))
    host = Host(
        model=model,
        tokenizer=tokenizer,
        image_processor=image_processor,
        name=name,
        num_frames=num_frames,
        processor=files,
    )
    _check_frame_size(host)
    return host


def _trained_frames(folder: Path) -> int | None:
    """Frames of a clip in the run that made this folder; none where no run did."""
    try:
        frames = json.loads((folder / "run" / "config.json").read_text(encoding="utf-8")).get("frames")
    except (OSError, ValueError, AttributeError):
        return None
    return frames if isinstance(frames, int) and frames > 0 else None


def _is_local(name: str) -> bool:
    """Whether the name means a path: it exists, or it cannot be the hub id of a host (``owner/name``)."""
    return Path(name).exists() or name.startswith((".", "/", "~")) or name.count("/") != 1


def _check_folder(folder: Path) -> None:
    """What can be said about a folder before anything is read into memory."""
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing"
        raise HostError(
            f"{folder}: expected the folder of a model (config.json, weights, tokenizer), found {found} there"
            f"{_nearest(folder)}"
        )
    if not (folder / "config.json").is_file():
        raise HostError(
            f"{folder}: expected config.json, found {_listing(folder)}; give the folder that save_pretrained wrote"
        )
    spec = spec_of(_model_type(folder / "config.json"), str(folder))
    for what, names in (("tokenizer", TOKENIZER_FILES), ("image processor", IMAGE_PROCESSOR_FILES)):
        if what == "tokenizer" and not spec.reads_text:
            continue
        if not any((folder / name).is_file() for name in names):
            raise HostError(
                f"{folder}: its {what} is missing: expected {' or '.join(names)}, found {_listing(folder)}; "
                f"copy the {what}'s files from the model that these weights come from"
            )


def _nearest(folder: Path) -> str:
    """Folders beside one that is not there whose names are like its own."""
    if folder.exists() or not folder.parent.is_dir():
        return ""
    near = get_close_matches(folder.name, [path.name for path in folder.parent.iterdir() if path.is_dir()], n=3)
    return f"; beside it there are {', '.join(str(folder.with_name(name)) for name in near)}" if near else ""


def _model_type(file: Path) -> str | None:
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HostError(f"{file}: expected the JSON config of a model, found none that can be read: {error}") from error
    if not isinstance(config, dict) or "model_type" not in config:
        raise HostError(f"{file}: is not the config of a model: it has no model_type")
    return str(config["model_type"])


def _config(name: str) -> Any:
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(name, trust_remote_code=False)
    except (OSError, ValueError) as error:
        if _is_local(name):
            raise HostError(f"{name}: its config.json cannot be used: {error}") from error
        raise HostError(
            f"{name}: there is no folder of this name, and it could not be had from the model hub: "
            f"{_first_line(error)} "
            "If the hub cannot be reached from here, download the model elsewhere and give its folder."
        ) from error


def _model_class(config: Any, spec: HostSpec) -> Any:
    """The class that the config names, where the table has it, so that all weights are read and written."""
    import transformers

    named = [name for name in config.architectures or () if name in spec.classes]
    return getattr(transformers, (named or spec.classes)[0])


def _model(name: str, config: Any, spec: HostSpec) -> Any:
    import torch

    try:
        model, report = _model_class(config, spec).from_pretrained(
            name,
            config=config,
            dtype=torch.float32,
            weights_only=True,
            ignore_mismatched_sizes=True,  # refused below, in words: the error raised without it names no weight
            output_loading_info=True,
        )
    except Exception as error:
        # Readers of weights raise errors of many kinds: SafetensorError, UnpicklingError, RuntimeError, OSError, ...
        raise HostError(
            f"{name}: its weights cannot be read ({type(error).__name__}: {_first_line(error)}); "
            "expected a whole model.safetensors that fits config.json; copy or download it again"
        ) from error
    if report["mismatched_keys"]:
        others = sorted(report["mismatched_keys"])
        key, there, expected = others[0]
        raise HostError(
            f"{name}: its weights do not fit its config.json: {len(others)} of them have another shape, {key} the "
            f"first: expected {tuple(expected)}, found {tuple(there)}; give both from the same checkpoint"
        )
    if report["missing_keys"]:
        missing = sorted(report["missing_keys"])
        others = [other for other in config.architectures or () if other not in spec.classes]
        advice = f"; its config names {', '.join(others)}, finsta reads {', '.join(spec.classes)}" if others else ""
        raise HostError(
            f"{name}: its weights are not those of a {type(model).__name__}: {len(missing)} parameters are missing, "
            f"{missing[0]} the first; give a checkpoint of the whole model{advice}"
        )
    left_out = sorted(key for key in report["unexpected_keys"] if not key.endswith("position_ids"))
    if left_out:
        warnings.warn(
            f"{name}: {len(left_out)} of its weights have no place in a {type(model).__name__}, {left_out[0]} the "
            "first; they are not read, and will not be in what is saved",
            HostWarning,
            stacklevel=3,
        )
    return model.eval()


def _tokenizer(name: str, config: Any, spec: HostSpec) -> Any:
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(name, config=config, trust_remote_code=False)
    except ImportError as error:
        raise HostError(
            f"{name}: its tokenizer needs a package that is not installed: {_first_line(error)}; "
            "`pip install sentencepiece protobuf` for those of SentencePiece (SigLIP's first checkpoints)"
        ) from error
    except Exception as error:
        # The Rust tokenizer raises bare Exception for a damaged file.
        raise HostError(f"{name}: its tokenizer cannot be read: {_first_line(error)}; copy its files again") from error
    if spec.check_tokenizer is not None:
        spec.check_tokenizer(tokenizer, config, name)
    return tokenizer


def _processor_files(name: str, tokenizer: Any) -> ProcessorFiles:
    """The bundle's files; its chat template becomes the tokenizer's, as newer checkpoints have it."""
    files = ProcessorFiles.read(name)
    tokenizer.chat_template = files.chat_template or tokenizer.chat_template
    return files


def _image_processor(name: str, spec: HostSpec) -> Any:
    from transformers import AutoImageProcessor

    try:
        if spec.image_processor is not None:
            return spec.image_processor(name)
        return AutoImageProcessor.from_pretrained(name, backend="pil", trust_remote_code=False)
    except Exception as error:
        raise HostError(
            f"{name}: its image processor cannot be read: {_first_line(error)}; copy its file again"
        ) from error


def _check_frame_size(host: Host) -> None:
    """The image processor must make what the vision tower reads, of any frame."""
    expected = host.spec.frame_size(host.config)
    if expected is None:
        return
    found = host.prepare([np.zeros((48, 64, 3), np.uint8)]).shape[1:3]
    if found != expected:
        raise HostError(
            f"{host.name}: its vision tower reads frames of {expected} pixels, but its image processor makes {found} "
            "of a 48 × 64 frame; mend size and crop_size of preprocessor_config.json"
        )


def _listing(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir())
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "") if names else "an empty folder"


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]
