"""Object detectors of ``transformers``, by hub id or folder: closed-set ones and those that take the classes as text.

Our choice: the paper uses a Faster R-CNN. Image processors run on PIL and NumPy; torchvision is never required.
"""

import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from finsta.errors import InputError
from finsta.quiet import quiet
from finsta.shapes import Array, Float
from finsta.video.detectors.detection import Detections, suppress
from finsta.video.detectors.options import DetectorOptions, pick_device, pick_precision
from finsta.video.detectors.vocabulary import COCO_NAMES
from finsta.video.frames import Frame

Found = tuple[Float[Array, "found 4"], Float[Array, " found"], list[str]]
"""Boxes in [0, 1], scores, labels."""

Reader = Callable[[Sequence[Frame]], list[Found]]
"""From frames to what the network says of each of them."""

Place = tuple[torch.device, torch.dtype]
"""Where a network runs, and what it computes in."""


class HuggingFaceDetector:
    """An object-detection or zero-shot object-detection model of ``transformers``; each frame for itself."""

    def __init__(self, reader: Reader, *, name: str, overlap: float = 0.7, batch_size: int = 4) -> None:
        """Constructor.

        Args:
            reader: See :func:`load_detector`, which makes it.
            name: For reports.
            overlap: Largest IoU of two boxes of one class.
            batch_size: Frames that go through the network at once.
        """
        self.reader, self.name, self.reason = reader, name, ""
        self.overlap, self.batch_size = overlap, batch_size

    def reset(self) -> None:
        """Nothing is kept from frame to frame."""

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """One item a frame."""
        batches = [frames[start : start + self.batch_size] for start in range(0, len(frames), self.batch_size)]
        return [self._select(*found) for batch in batches for found in self.reader(batch)]

    def _select(self, boxes: Float[Array, "boxes 4"], scores: Float[Array, " boxes"], labels: list[str]) -> Detections:
        numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
        classes = np.array([numbers[label] for label in labels], np.int64)
        kept = suppress(boxes, scores, classes, same_class=self.overlap)
        return Detections.tidy(boxes[kept], scores[kept], [labels[index] for index in kept])


def load_detector(
    source: str, options: DetectorOptions | None = None, *, threshold: float | None = None
) -> HuggingFaceDetector:
    """Load a detector with its processor.

    Args:
        source: A folder, or an id on the hub.
        options: Prompts say what to look for, for models that take text (OWL-ViT, OWLv2, Grounding DINO); the eighty
            COCO names where none are given. Models with classes of their own ignore them, with a warning.
        threshold: Smallest score, in [0, 1]; 0.4 for closed-set models, 0.3 for Grounding DINO, 0.15 for OWL where
            not given.

    Raises:
        InputError: The folder or the id gives no detector, the hub cannot be reached, or there is no such device.
    """
    options = options or DetectorOptions()
    device = pick_device(options.device)
    place = (device, pick_precision(device, half=options.half))
    if takes_prompts(source):
        read = _open_vocabulary_reader(source, _clean_prompts(options.prompts), threshold, place)
    else:
        if options.prompts:
            warnings.warn(f"hf:{source} finds its own classes only: the prompts are ignored", stacklevel=2)
        read = _closed_set_reader(source, threshold, place)
    return HuggingFaceDetector(read, name=f"hf:{source}", batch_size=options.batch_size or 4)


def takes_prompts(source: str) -> bool:
    """Whether the detector in a folder or on the hub takes its classes as text.

    Raises:
        InputError: The folder or the id gives no detector, or the hub cannot be reached.
    """
    from transformers.models.auto import modeling_auto

    kind = _config(source).model_type
    if kind in modeling_auto.MODEL_FOR_ZERO_SHOT_OBJECT_DETECTION_MAPPING_NAMES:
        return True
    if kind in modeling_auto.MODEL_FOR_OBJECT_DETECTION_MAPPING_NAMES:
        return False
    raise InputError(
        f"hf:{source}: expected an object-detection model, found {kind!r}, which detects nothing; "
        "DETR, RT-DETR and YOLOS do, or OWL-ViT, OWLv2 and Grounding DINO with --prompts"
    )


def _config(source: str) -> Any:
    from transformers import AutoConfig

    folder = Path(source)
    if folder.exists() and not (folder / "config.json").is_file():
        raise InputError(
            f"hf:{source}: expected a folder with config.json, model weights and preprocessor_config.json, "
            "found no config.json; give the folder that `save_pretrained` wrote"
        )
    try:
        return AutoConfig.from_pretrained(source)
    except (OSError, ValueError, KeyError, json.JSONDecodeError) as error:
        raise InputError(_no_model(source, error)) from error


def _no_model(source: str, error: Exception) -> str:
    said = " ".join(str(error).split())[:300]
    if Path(source).exists():
        return f"hf:{source}: expected a model that transformers can load, found one that it cannot: {said}"
    return (
        f"hf:{source}: expected a folder, or a model on the hub; no such folder, and the hub gave none: {said} "
        "Check the name and the network, or give a local folder that `save_pretrained` wrote"
    )


def _load(loader: Any, source: str, **options: Any) -> Any:
    """``from_pretrained``, with the reason in one line where it fails."""
    try:
        with quiet():
            return loader.from_pretrained(source, **options)
    except ImportError as error:
        raise InputError(
            f"hf:{source}: this model needs a package that is not installed: {' '.join(str(error).split())[:300]}; "
            "install it, or take another detector"
        ) from error
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise InputError(_no_model(source, error)) from error


@lru_cache(maxsize=1)
def _model(loader: Any, source: str, place: Place) -> Any:
    """The model, which must come with every one of its weights: a head that starts at random detects noise.

    The last one is kept: to look for other prompts is to open the same model again.
    """
    model, report = _load(loader, source, output_loading_info=True)
    missing = sorted(set(report["missing_keys"]) & {name for name, _ in model.named_parameters()})
    if missing:
        raise InputError(
            f"hf:{source}: expected the weights of a {type(model).__name__}, {len(missing)} are not there "
            f"({missing[0]} first): the folder holds another kind of model; give a detector"
        )
    return model.eval().to(*place)


def _image_processor(source: str) -> Any:
    from transformers import AutoImageProcessor

    return _load(AutoImageProcessor, source, backend="pil")


def _pixels(processor: Any, frames: Sequence[Frame], model: Any) -> dict[str, Any]:
    images = [frame.image for frame in frames]
    inputs = processor(images=images, return_tensors="pt", input_data_format="channels_last")
    pixels = {"pixel_values": inputs["pixel_values"].to(model.device, model.dtype)}
    return pixels | ({"pixel_mask": inputs["pixel_mask"].to(model.device)} if "pixel_mask" in inputs else {})


def _as_float(outputs: Any) -> Any:
    """Scores and boxes in single precision, whatever the network computes in."""
    for name in ("logits", "pred_boxes"):
        outputs[name] = outputs[name].float()
    return outputs


def _scaled_back(results: list[dict[str, Any]], frames: Sequence[Frame]) -> Iterator[tuple[Array, Array, list[int]]]:
    """Boxes in pixels of the frames, as boxes in [0, 1]; scores; class numbers."""
    for result, frame in zip(results, frames, strict=True):
        height, width = frame.image.shape[:2]
        size = np.array([width, height, width, height], np.float32)
        boxes = result["boxes"].float().cpu().numpy().reshape(-1, 4) / size
        yield boxes, result["scores"].float().cpu().numpy(), result["labels"].tolist()


def _named(
    boxes: Float[Array, "boxes 4"], scores: Float[Array, " boxes"], numbers: list[int], names: Mapping[int, str]
) -> Found:
    kept = [place for place, number in enumerate(numbers) if number in names]
    return boxes[kept], scores[kept], [names[numbers[place]] for place in kept]


def _sizes(frames: Sequence[Frame]) -> list[tuple[int, int]]:
    return [frame.image.shape[:2] for frame in frames]


def _closed_set_reader(source: str, threshold: float | None, place: Place) -> Reader:
    from transformers import AutoModelForObjectDetection

    processor, model = _image_processor(source), _model(AutoModelForObjectDetection, source, place)
    names = {number: str(name).lower() for number, name in model.config.id2label.items()}
    # COCO numbers its eighty classes up to ninety; checkpoints call the gaps so.
    names = {number: name for number, name in names.items() if name not in {"n/a", ""}}
    threshold = 0.4 if threshold is None else threshold

    @torch.inference_mode()
    def read(frames: Sequence[Frame]) -> list[Found]:
        outputs = _as_float(model(**_pixels(processor, frames, model)))
        results = processor.post_process_object_detection(outputs, threshold=threshold, target_sizes=_sizes(frames))
        return [_named(*found, names) for found in _scaled_back(results, frames)]

    return read


def _clean_prompts(prompts: Sequence[str]) -> list[str]:
    """Lower case, no full stops (Grounding DINO separates by them), each once; the COCO names where nothing is left."""
    cleaned = (" ".join(prompt.replace(".", " ").lower().split()) for prompt in prompts)
    return [prompt for prompt in dict.fromkeys(cleaned) if prompt] or list(COCO_NAMES)


def _open_vocabulary_reader(source: str, prompts: list[str], threshold: float | None, place: Place) -> Reader:
    from transformers import AutoModelForZeroShotObjectDetection, AutoTokenizer

    families = {
        "owlvit": _owl_reader,
        "owlv2": _owl_reader,
        "grounding-dino": _grounding_reader,
        "mm-grounding-dino": _grounding_reader,
    }
    kind = _config(source).model_type
    family = families.get(kind)
    if family is None:
        raise InputError(
            f"hf:{source}: expected one of {', '.join(families)} among the detectors that take text, "
            f"found {kind!r}; take one of those"
        )
    tokenizer, processor = _load(AutoTokenizer, source), _image_processor(source)
    model = _model(AutoModelForZeroShotObjectDetection, source, place)
    return family(model, processor, tokenizer, prompts, threshold)


def _owl_reader(model: Any, processor: Any, tokenizer: Any, prompts: list[str], threshold: float | None) -> Reader:
    """OWL-ViT and OWLv2: each prompt is a query of its own, in the words that the model was trained with."""
    length = model.config.text_config.max_position_embeddings
    queries = [f"a photo of a {prompt}" for prompt in prompts]
    text = tokenizer(queries, padding="max_length", truncation=True, max_length=length, return_tensors="pt")
    text = {key: text[key].to(model.device) for key in ("input_ids", "attention_mask")}
    threshold = 0.15 if threshold is None else threshold

    @torch.inference_mode()
    def read(frames: Sequence[Frame]) -> list[Found]:
        repeated = {key: value.repeat(len(frames), 1) for key, value in text.items()}  # [B · prompts, L]
        outputs = _as_float(model(**repeated, **_pixels(processor, frames, model)))
        results = processor.post_process_object_detection(outputs, threshold=threshold, target_sizes=_sizes(frames))
        return [_named(*found, dict(enumerate(prompts))) for found in _scaled_back(results, frames)]

    return read


def _grounding_reader(
    model: Any, processor: Any, tokenizer: Any, prompts: list[str], threshold: float | None
) -> Reader:
    """Grounding DINO: all prompts are one text, "a cat. a dog."; a prompt scores as its best token does."""
    limit = int(model.config.max_text_len)
    encoded = tokenizer(". ".join(prompts) + ".", return_tensors="pt")
    spans = _prompt_spans(encoded["input_ids"][0].tolist(), tokenizer.convert_tokens_to_ids("."))
    if encoded["input_ids"].shape[1] > limit or len(spans) != len(prompts):
        raise InputError(
            f"{len(prompts)} prompts make {encoded['input_ids'].shape[1]} tokens; Grounding DINO reads {limit}: "
            "give fewer or shorter prompts"
        )
    text = {key: value.to(model.device) for key, value in encoded.items()}
    threshold = 0.3 if threshold is None else threshold

    @torch.inference_mode()
    def read(frames: Sequence[Frame]) -> list[Found]:
        repeated = {key: value.expand(len(frames), -1) for key, value in text.items()}
        outputs = _as_float(model(**repeated, **_pixels(processor, frames, model)))
        tokens = outputs.logits.sigmoid()  # [B, queries, tokens]
        scores = torch.stack([tokens[..., start:end].amax(-1) for start, end in spans], -1).float().cpu().numpy()
        x, y, width, height = outputs.pred_boxes.float().cpu().unbind(-1)
        boxes = torch.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], -1).numpy()
        return [_best_prompt(boxes[index], scores[index], prompts, threshold) for index in range(len(frames))]

    return read


def _prompt_spans(tokens: list[int], stop: int) -> list[tuple[int, int]]:
    """First and one past the last token of each prompt in ``[start] a . b . [end]``."""
    stops = [0, *(place for place, token in enumerate(tokens) if token == stop)]
    return [(start + 1, end) for start, end in pairwise(stops) if end > start + 1]


def _best_prompt(
    boxes: Float[Array, "queries 4"], scores: Float[Array, "queries prompts"], prompts: list[str], threshold: float
) -> Found:
    best = scores.max(1)
    kept = np.flatnonzero(best >= threshold)
    return boxes[kept], best[kept], [prompts[number] for number in scores[kept].argmax(1)]
