"""Detectors of transformers against what the model itself says, on tiny random models."""

import json

import numpy as np
import pytest
import torch
import transformers as hub

from finsta.config import ParseConfig
from finsta.errors import InputError
from finsta.parsing import Pipeline
from finsta.video.detectors import DetectorOptions, hugging_face, open_detector, takes_prompts
from finsta.video.detectors.hugging_face import HuggingFaceDetector, load_detector
from finsta.video.detectors.vocabulary import COCO_NAMES
from finsta.video.frames import Frame
from tests.video.conftest import plain, write_clip
from tests.video.tiny_detectors import CLOSED, OPEN, save

CPU = (torch.device("cpu"), torch.float32)
KINDS = [*CLOSED, *OPEN]
# Messages of libraries about the tiny configurations, none of which our code can cause or cure.
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore:.*meshgrid.*:UserWarning")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("detectors")
    return {kind: save(kind, root / kind) for kind in KINDS}


@pytest.fixture(scope="module")
def frames():
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (48, 80, 3), np.uint8) for _ in range(3)]
    return [Frame(index=i, time=float(i), image=image) for i, image in enumerate(images)]


def opened(folder, kind, **options):
    prompts = options.pop("prompts", ("red car", "dog") if kind in OPEN else ())
    asked = DetectorOptions(prompts=tuple(prompts), device="cpu", batch_size=options.pop("batch_size", 0))
    return load_detector(str(folder), asked, **({"threshold": 0.0} | options))


def everything(detector):
    """Nothing suppressed, so that the result can be compared one to one."""
    return HuggingFaceDetector(detector.reader, name=detector.name, overlap=1.0)


def assert_same(found, boxes, scores, labels):
    boxes = np.clip(np.array(boxes), 0, 1)
    real = [i for i, b in enumerate(boxes) if b[2] > b[0] and b[3] > b[1]]
    order = sorted(real, key=lambda i: -float(scores[i]))
    assert len(found) == len(order) > 0
    np.testing.assert_allclose(found.scores, [float(scores[i]) for i in order], atol=1e-5)
    np.testing.assert_allclose(found.boxes, boxes[order], atol=1e-4)
    assert found.labels == tuple(labels[i] for i in order)


@pytest.mark.parametrize("kind", CLOSED)
def test_closed_set_detections_are_those_of_the_model_and_its_processor(folders, frames, kind):
    model = hub.AutoModelForObjectDetection.from_pretrained(folders[kind]).eval()
    processor = hub.AutoImageProcessor.from_pretrained(folders[kind], backend="pil")
    with torch.inference_mode():
        outputs = model(**processor(images=[frames[0].image], return_tensors="pt"))
    (expected,) = processor.post_process_object_detection(outputs, threshold=0.0, target_sizes=[(48, 80)])
    (found,) = everything(opened(folders[kind], kind)).detect(frames[:1])
    boxes = expected["boxes"].numpy() / [80, 48, 80, 48]
    names = {1: "dog", 2: "cat"}
    kept = [i for i, number in enumerate(expected["labels"].tolist()) if number in names]
    labels = [names[expected["labels"][i].item()] for i in kept]
    assert_same(found, boxes[kept], expected["scores"][kept].numpy(), labels)


@pytest.mark.parametrize("kind", ["owlvit", "owlv2"])
def test_owl_detections_are_those_of_the_model_with_one_query_a_prompt(folders, frames, kind):
    model = hub.AutoModelForZeroShotObjectDetection.from_pretrained(folders[kind]).eval()
    processor = hub.AutoProcessor.from_pretrained(folders[kind])
    inputs = processor(
        text=[["a photo of a red car", "a photo of a dog"]],
        images=[frames[0].image],
        return_tensors="pt",
        max_length=40,
    )
    with torch.inference_mode():
        outputs = model(**inputs)
    (expected,) = processor.post_process_grounded_object_detection(
        outputs, threshold=0.0, target_sizes=[(48, 80)], text_labels=[["red car", "dog"]]
    )
    (found,) = everything(opened(folders[kind], kind)).detect(frames[:1])
    boxes = expected["boxes"].numpy() / [80, 48, 80, 48]
    assert_same(found, boxes, expected["scores"].numpy(), expected["text_labels"])


def test_a_grounded_prompt_scores_as_its_best_token(folders, frames):
    folder = folders["grounding_dino"]
    model = hub.AutoModelForZeroShotObjectDetection.from_pretrained(folder).eval()
    processor = hub.AutoProcessor.from_pretrained(folder)
    inputs = processor(text=[["red car", "dog"]], images=[frames[0].image], return_tensors="pt")
    words = processor.tokenizer.convert_ids_to_tokens(inputs["input_ids"][0].tolist())
    assert words == ["[CLS]", "red", "car", ".", "dog", ".", "[SEP]"]
    with torch.inference_mode():
        outputs = model(**inputs)
    scores = outputs.logits[0].sigmoid()
    boxes, best, labels = [], [], []
    for (x, y, width, height), row in zip(outputs.pred_boxes[0].tolist(), scores.tolist(), strict=True):
        boxes.append([x - width / 2, y - height / 2, x + width / 2, y + height / 2])
        red_car, dog = max(row[1], row[2]), row[4]
        best.append(max(red_car, dog))
        labels.append("red car" if red_car >= dog else "dog")
    (found,) = everything(opened(folder, "grounding_dino")).detect(frames[:1])
    assert_same(found, boxes, best, labels)


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_gives_what_single_frames_give(folders, frames, kind):
    detector = opened(folders[kind], kind)
    detector.batch_size = 2
    together = detector.detect(frames)
    for one, frame in zip(together, frames, strict=True):
        (other,) = detector.detect([frame])
        assert one.labels == other.labels
        np.testing.assert_allclose(one.boxes, other.boxes, atol=1e-3)
    assert detector.detect([]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_open_vocabulary_is_known_from_the_config(folders, kind):
    assert takes_prompts(f"hf:{folders[kind]}") == (kind in OPEN)


def test_without_prompts_the_coco_names_are_looked_for(folders, frames):
    (found,) = opened(folders["owlvit"], "owlvit", prompts=()).detect(frames[:1])
    assert set(found.labels) <= set(COCO_NAMES)
    assert len(found) > 0


def test_prompts_are_cleaned_and_each_asked_once(folders, frames):
    detector = opened(folders["grounding_dino"], "grounding_dino", prompts=(" Dog. ", "dog", "", "Red  car"))
    assert {label for found in detector.detect(frames) for label in found.labels} <= {"dog", "red car"}


def test_prompts_for_a_closed_set_detector_are_ignored_aloud(folders):
    with pytest.warns(UserWarning, match="finds its own classes only: the prompts are ignored"):
        open_detector(f"hf:{folders['yolos']}", prompts=["zebra"])


def test_the_threshold_holds(folders, frames):
    (every,) = opened(folders["owlvit"], "owlvit").detect(frames[:1])
    middle = float(every.scores[len(every) // 2 - 1])
    (found,) = opened(folders["owlvit"], "owlvit", threshold=middle - 1e-6).detect(frames[:1])
    assert found.labels == every.labels[: len(found)]
    assert len(every) // 2 <= len(found) == (every.scores > middle - 1e-6).sum()


def test_too_many_prompts_for_grounding_dino_are_counted(folders):
    with pytest.raises(InputError, match=r"30 prompts make 62 tokens; Grounding DINO reads 24"):
        opened(folders["grounding_dino"], "grounding_dino", prompts=["x" * length for length in range(1, 31)])


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(InputError, match=r"found no config\.json; give the folder that `save_pretrained` wrote"):
        open_detector(f"hf:{tmp_path}")


def test_a_config_that_is_no_json_is_told(tmp_path):
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(InputError, match="expected a model that transformers can load"):
        open_detector(f"hf:{tmp_path}")


def test_a_model_that_detects_nothing_is_told_what_would(tmp_path):
    hub.BertConfig().save_pretrained(tmp_path)
    with pytest.raises(InputError, match="expected an object-detection model, found 'bert', which detects nothing"):
        open_detector(f"hf:{tmp_path}")


def test_a_detector_without_its_head_is_refused(folders, tmp_path):
    model = hub.YolosModel.from_pretrained(folders["yolos"])
    model.save_pretrained(tmp_path)
    hub.AutoImageProcessor.from_pretrained(folders["yolos"], backend="pil").save_pretrained(tmp_path)
    with pytest.raises(InputError, match=r"expected the weights of a YolosForObjectDetection, .* are not there"):
        open_detector(f"hf:{tmp_path}")


def test_a_detector_without_its_processor_is_refused(folders, tmp_path):
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((folders["yolos"] / name).read_bytes())
    with pytest.raises(InputError, match="expected a model that transformers can load"):
        open_detector(f"hf:{tmp_path}")


def test_a_detector_without_its_weights_is_refused(folders, tmp_path):
    for name in ("config.json", "preprocessor_config.json"):
        (tmp_path / name).write_bytes((folders["yolos"] / name).read_bytes())
    with pytest.raises(InputError, match="expected a model that transformers can load"):
        open_detector(f"hf:{tmp_path}")


def test_a_family_that_needs_more_than_we_have_is_told_what_works(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "omdet-turbo"}))
    with pytest.raises(InputError, match="expected one of owlvit, owlv2, grounding-dino, mm-grounding-dino"):
        open_detector(f"hf:{tmp_path}")


def test_a_hub_that_cannot_be_reached_is_told_with_the_way_out(monkeypatch):
    def unreachable(source, **options):
        raise OSError("We couldn't connect to the hub.")

    monkeypatch.setattr(hub.AutoConfig, "from_pretrained", unreachable)
    with pytest.raises(InputError, match=r"We couldn't connect to the hub.*or give a local folder"):
        open_detector("hf:someone/detector")


@pytest.mark.parametrize("kind", ["yolos", "owlvit"])
def test_batches_are_as_large_as_asked(folders, frames, kind, monkeypatch):
    detector = opened(folders[kind], kind, batch_size=2)
    sizes = []
    reader = detector.reader
    detector.reader = lambda batch: sizes.append(len(batch)) or reader(batch)
    together = detector.detect(frames)
    assert sizes == [2, 1]
    for one, frame in zip(together, frames, strict=True):
        (other,) = opened(folders[kind], kind).detect([frame])
        assert one.labels == other.labels
        np.testing.assert_allclose(one.boxes, other.boxes, atol=1e-4)


def test_the_detector_looks_for_what_the_caption_names(folders, tmp_path):
    asked = []

    def tokens_of(model):
        model.register_forward_pre_hook(lambda _, args, given: asked.append(given["input_ids"]), with_kwargs=True)

    path = write_clip(tmp_path / "clip.mp4", [plain((90, 20, 20))] * 4)
    source = f"hf:{folders['owlvit']}"
    config = ParseConfig(detector=source, similarity="lexical", text_parser="rules", key_frames=2)
    tokens_of(hugging_face._model(hub.AutoModelForZeroShotObjectDetection, str(folders["owlvit"]), CPU))
    parsed = Pipeline(config)(video=path, text="A dog chases a red car.")
    assert parsed.graph.video.detector == source
    tokenizer = hub.AutoTokenizer.from_pretrained(folders["owlvit"])
    queries = list(dict.fromkeys(tokenizer.batch_decode(asked[0], skip_special_tokens=True)))
    assert [query.replace(" ", "") for query in queries] == ["aphotoofadog", "aphotoofacar"]
