"""Run as a script, without finsta: what a user of bare `transformers` gets from saved folders.

``python bare.py ROOT``: for each folder ``ROOT/NAME/host`` reads ``ROOT/NAME/call.pt`` (the class of the model, the
keyword arguments of its forward, texts), and writes ``ROOT/NAME/found.pt``, or ``ROOT/NAME/error.txt`` where it fails.
"""

import sys
import traceback
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch


def tensors(output: Any) -> list[torch.Tensor]:
    """Every floating-point tensor in the output of a model, in order."""
    if isinstance(output, torch.Tensor):
        return [output] if output.is_floating_point() else []
    if isinstance(output, Mapping):
        output = list(output.values())
    if isinstance(output, list | tuple):
        return [tensor for part in output for tensor in tensors(part)]
    return []


def describe(folder: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Load a folder and answer what is asked of it."""
    import transformers

    model = getattr(transformers, asked["class"]).from_pretrained(folder).eval()
    found: dict[str, Any] = {"shapes": {name: list(value.shape) for name, value in model.state_dict().items()}}
    with torch.no_grad():
        found["output"] = tensors(model(**asked["arguments"]))
    if asked["texts"]:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        found["ids"] = tokenizer(asked["texts"])["input_ids"]
    if asked["processor"]:
        processor = transformers.AutoProcessor.from_pretrained(folder)
        found["processor"] = type(processor).__name__
        found["bundled ids"] = processor.tokenizer(asked["texts"])["input_ids"]
    if asked["image processor"]:
        found["image processor"] = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil").to_dict()
    return found


def main(root: Path) -> None:
    """All folders of a root."""
    for call in sorted(root.glob("*/call.pt")):
        try:
            found = describe(call.parent / "host", torch.load(call, weights_only=False))
            torch.save(found, call.parent / "found.pt")
        except Exception:
            (call.parent / "error.txt").write_text(traceback.format_exc())
    ours = sorted(name for name in sys.modules if name.partition(".")[0] in ("finsta", "spacy", "cv2"))
    assert not ours, f"modules that a plain checkpoint must not need: {ours}"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(Path(sys.argv[1]))
