"""Every knob: frozen dataclasses, nested. The comment line of a field is its help on the command line."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from finsta.config_transfer import LoraConfig, LoraPart, RegulariseConfig, TransferConfig
from finsta.errors import InputError

__all__ = [
    "AlignmentConfig",
    "CorpusConfig",
    "EncoderConfig",
    "LoraConfig",
    "LoraPart",
    "ParseConfig",
    "PostTrainConfig",
    "RegulariseConfig",
    "RelationHeadConfig",
    "TextParserConfig",
    "TransferConfig",
    "check",
    "control",
]


@dataclass(frozen=True, kw_only=True)
class EncoderConfig:
    """Sizes of the graph encoders (GTrm, R-GTrm, STGD-GTrm)."""

    # Width of node states.
    width: int = 256
    # Attention heads; must divide the width.
    heads: int = 4
    # Layers of each of the three streams (TSG, DSG, HSG).
    layers: int = 3
    # Hidden width of the feed-forward networks.
    feed_forward: int = 768
    # How a node's past reaches it: `sequential` (reference) or `scan` (parallel).
    recurrence: Literal["sequential", "scan"] = "scan"
    # Whether STGD-GTrm layers stand between the recurrent layers.
    gaussian_differential: bool = True
    # Whether the DSG and HSG streams share their layers.
    share_video_layers: bool = False
    # Whether edges carry states of their own, updated by each layer (full form of Dwivedi & Bresson).
    edge_states: bool = False
    # Dropout in attention and feed-forward.
    dropout: float = 0.0
    # Chance that a visual node's label is withheld in training: the visual side is seen, not read.
    label_dropout: float = 1.0


@dataclass(frozen=True, kw_only=True)
class AlignmentConfig:
    """Object-centred spatial contrasting (OSC) and predicate-centred temporal contrasting (PTC)."""

    # Hops of the neighbourhood that makes a node's region.
    hops: int = 2
    # Temperature that both losses start from; it is learned.
    temperature: float = 0.07
    # Pairs whose mean of current and prior similarity passes this are positives too (OSC), after the warm-up.
    object_threshold: float = 0.8
    # Share of the steps in which only cross-modal links are positives.
    warm_up: float = 0.3
    # A window with at least this temporal IoU to the best one is positive too (PTC).
    positive_iou: float = 0.7
    # A window of the same track with less than this temporal IoU to the best one is negative (PTC).
    negative_iou: float = 0.3


@dataclass(frozen=True, kw_only=True)
class ParseConfig:
    """How a video, a text, or both become graphs."""

    # `auto`, `motion`, `nanodet`, or `hf:<hub id or folder>` of a detection model of transformers.
    detector: str = "auto"
    # `learned`, `rules`, or a folder that `finsta train-text-parser` wrote.
    text_parser: str = "learned"
    # Language of the text, two letters; others than English need a spaCy pipeline of theirs.
    language: str = "en"
    # What an open-vocabulary detector looks for; the objects of the text when left out.
    prompts: tuple[str, ...] = ()
    # How phrases are compared with tracks: `auto`, `lexical`, `minilm`, or `clip:<hub id or folder>`.
    similarity: str = "auto"
    # Folder that `finsta train-relation-head` wrote: learned relations beside those of the rules.
    relation_head: str | None = None
    # By what looks tracks are told apart: `colour`, `efficientnet-lite0`, `nanodet`, `hf:<hub id or folder>` of a
    # vision model; colour histograms when left out.
    region_encoder: str | None = None
    # `hf:<hub id or folder>` of a CLIP-like model that says what the objects of a key frame do to each other.
    predicate_model: str | None = None
    # Key frames to keep.
    key_frames: int = 8
    # Frames a second that are detected and tracked.
    frames_per_second: float = 8.0
    # Where the detector runs: `auto` takes a GPU when there is one, else the CPU; or a name that torch knows.
    device: str = "auto"
    # Frames that go through the detector at once; 0 leaves it to the detector.
    batch_size: int = 0
    # Half precision in the detector, on a GPU only.
    half: bool = False
    # Whether frames are decoded in a thread beside the detector; of no use where other processes keep the cores busy.
    decode_ahead: bool = True
    # Whether the camera of graphs read from files is estimated from their boxes where every camera is unknown (still).
    camera_from_boxes: bool = False


@dataclass(frozen=True, kw_only=True)
class CorpusConfig:
    """How the clips of a manifest are shared out among workers, and written; none of it changes a graph."""

    # What runs the workers: `processes` of this machine, or a `ray` cluster.
    engine: Literal["processes", "ray"] = "processes"
    # Workers, each with models of its own; 0 takes one for each core that this process, or the cluster, may use.
    workers: int = 0
    # Seconds that one clip may take; 0 sets no limit.
    time_limit: float = 0.0
    # Whether clips that failed in an earlier run are tried again; those whose file or text changed always are.
    retry_failed: bool = False
    # Clips in a shard.
    shard_clips: int = 1000
    # A Ray cluster to join, such as `auto` or `HOST:6379`; left out, one is started here and ended after.
    ray_address: str | None = None
    # GPUs of the cluster that each worker takes; a part of one is shared.
    ray_gpus: float = 0.0


@dataclass(frozen=True, kw_only=True)
class TextParserConfig:
    """One training run of the learned text parser."""

    # Passes over the captions.
    epochs: int = 12
    # Captions in a step, in groups of 64.
    batch_size: int = 128
    # Peak learning rate.
    learning_rate: float = 3e-3
    # AdamW weight decay.
    weight_decay: float = 0.01
    # Passes of each teacher, a pretrained sentence encoder with the same scorers; 0 trains without any.
    teacher_epochs: int = 5
    # Teachers; each is trained without one part of the captions, which it then teaches. 1: one teaches what it learned.
    teacher_folds: int = 2
    # Peak learning rate of the teacher's scorers.
    teacher_rate: float = 1.5e-3
    # Peak learning rate of the teacher's pretrained encoder.
    pretrained_rate: float = 2e-4
    # Networks whose opinions are averaged, alike but for their seeds.
    members: int = 1
    # Share of the teacher in the loss; the rest is the gold graphs'.
    teaching: float = 0.5
    # Seed of everything random.
    seed: int = 0
    # Steps between checkpoints from which a run can resume.
    checkpoint_every: int = 150


@dataclass(frozen=True, kw_only=True)
class RelationHeadConfig:
    """One training run of the learned relation head."""

    # Steps of time a second at which objects are looked at.
    rate: float = 8.0
    # Width of the network.
    width: int = 64
    # Passes over the graphs at most.
    epochs: int = 12
    # Shots in a step, each with all its pairs of objects.
    batch_size: int = 16
    # Peak learning rate.
    learning_rate: float = 3e-3
    # AdamW weight decay.
    weight_decay: float = 0.01
    # Dropout of the last states in training.
    dropout: float = 0.1
    # Chance that a label of an object is withheld in training, so that unknown ones can be met.
    label_dropout: float = 0.1
    # Jitter that training adds to the edges of boxes, as a share of their width or height; up to half as much again.
    jitter: float = 0.05
    # Share of the boxes that training hides; up to half as much again.
    misses: float = 0.2
    # Share of the pairs of which nothing is said that a step sees; they count for those left out.
    idle: float = 0.5
    # A predicate is learned if so many pairs of objects have it.
    fewest_examples: int = 5
    # Passes without a better validation loss after which training ends.
    patience: int = 4
    # Seed of everything random.
    seed: int = 0
    # Steps between checkpoints from which a run can resume.
    checkpoint_every: int = 50


@dataclass(frozen=True, kw_only=True)
class PostTrainConfig:
    """One post-training run."""

    # Optimiser steps.
    steps: int = 200
    # Pairs in a step.
    batch_size: int = 16
    # Peak learning rate of the host.
    learning_rate: float = 1e-4
    # Peak learning rate of the Finsta modules, which start from nothing.
    module_learning_rate: float = 3e-4
    # AdamW weight decay.
    weight_decay: float = 0.05
    # Largest norm of the gradient.
    clip_norm: float = 1.0
    # Steps of linear warm-up before the cosine.
    warm_up_steps: int = 20
    # Seed of everything random.
    seed: int = 0
    # Steps between checkpoints from which a run can resume.
    checkpoint_every: int = 50
    # Checkpoints that are kept.
    keep_checkpoints: int = 1
    # Batches whose gradients make one step; each is contrasted within itself alone.
    accumulation: int = 1
    # Clips and captions that go through the host at once, their activations made anew for the backward pass; 0 takes
    # the whole batch. The batch is contrasted as a whole all the same.
    encode_at_once: int = 0
    # Whether activations inside the host's layers are made anew for the backward pass instead of kept.
    gradient_checkpointing: bool = False
    # Precision of the computation; weights stay in single precision.
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    # Whether parameters are shared out over processes (FSDP), for models that one GPU does not hold.
    shard: bool = False
    # Threads that make batches while a step runs; 0 makes each when it is its turn.
    workers: int = 1
    # When videos are decoded and graphs read: all `before` the first step, so that what cannot be used is known, or
    # `during` training, as they are met: for data of any size.
    prepare: Literal["before", "during"] = "before"
    # Share of the pairs met during training that may be unreadable, each replaced by another; more end the run.
    broken_share: float = 0.1
    # Steps between validations; 0 never validates.
    validate_every: int = 0
    # What validation judges by, as `finsta evaluate` names it; larger is better.
    metric: str = "retrieval/R@1"
    # Validations without a better one after which training ends; 0 never ends it.
    patience: int = 0
    # Whether the weights that were best in validation are written, not the last ones.
    keep_best: bool = False
    # Where figures go besides the log: `tensorboard`, `wandb`, `trackio`.
    report_to: tuple[str, ...] = ()
    # Frames read of a clip; 0 takes what the host was made for or trained with, else 8.
    frames: int = 0
    # Which caption to train on, where the data has a coarse one too.
    caption: Literal["detailed", "coarse"] = "detailed"
    # Which weights of the host move: `all`, `text`, `video`, `cross_modal`, `heads`, `lora`, or patterns of parameters'
    # names such as `vision_model.*`; several are joined.
    train: tuple[str, ...] = ("all",)
    # Share of the trained weights in what is written; the rest is the host's as it was (WiSE-FT).
    blend: float = 1.0
    # How pairs without a graph are parsed.
    parse: ParseConfig = field(default_factory=ParseConfig)
    # Graph encoders.
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    # Alignment losses.
    alignment: AlignmentConfig = field(default_factory=AlignmentConfig)
    # Transfer into the host.
    transfer: TransferConfig = field(default_factory=TransferConfig)
    # Matrices of low rank, where `train` asks for `lora`.
    lora: LoraConfig = field(default_factory=LoraConfig)
    # What keeps old skills.
    regularise: RegulariseConfig = field(default_factory=RegulariseConfig)


def check(config: PostTrainConfig) -> None:
    """Raise ``InputError``, by the name of the option, where a number is out of range."""
    _check_loop(config)
    _require(config.frames >= 0, "frames", "0 or more", config.frames)
    _check_transfer(config)
    encoder, alignment = config.encoder, config.alignment
    for name in ("width", "heads", "layers", "feed_forward"):
        _require(getattr(encoder, name) > 0, f"encoder.{name}", "more than 0", getattr(encoder, name))
    _require(encoder.width % encoder.heads == 0, "encoder.width", "a multiple of encoder.heads", encoder.width)
    for name in ("dropout", "label_dropout"):
        _require(0 <= getattr(encoder, name) <= 1, f"encoder.{name}", "a chance in [0, 1]", getattr(encoder, name))
    _require(0.01 < alignment.temperature < 1, "alignment.temperature", "between 0.01 and 1", alignment.temperature)
    _require(alignment.hops >= 0, "alignment.hops", "0 or more", alignment.hops)
    for name in ("object_threshold", "warm_up", "positive_iou", "negative_iou"):
        found = getattr(alignment, name)
        _require(0 <= found <= 1, f"alignment.{name}", "a number in [0, 1]", found)


def _check_loop(config: PostTrainConfig) -> None:
    positive = ("steps", "batch_size", "learning_rate", "module_learning_rate", "clip_norm", "checkpoint_every")
    for name in (*positive, "keep_checkpoints", "accumulation"):
        _require(getattr(config, name) > 0, name, "more than 0", getattr(config, name))
    for name in ("weight_decay", "warm_up_steps", "encode_at_once", "workers", "validate_every", "patience"):
        _require(getattr(config, name) >= 0, name, "0 or more", getattr(config, name))
    _require(0 <= config.seed < 2**32, "seed", "a number from 0 to 4294967295", config.seed)
    _require(0 <= config.broken_share <= 1, "broken_share", "a share in [0, 1]", config.broken_share)
    judged = config.validate_every > 0
    _require(judged or not config.keep_best, "keep_best", "--validate-every above 0 with it", config.validate_every)
    _require(judged or not config.patience, "patience", "--validate-every above 0 with it", config.validate_every)


def _check_transfer(config: PostTrainConfig) -> None:
    for name, weight in vars(config.transfer).items():
        if isinstance(weight, int | float):
            _require(weight >= 0, f"transfer.{name}", "0 or more", weight)
    for name in ("l2_start", "features"):
        found = getattr(config.regularise, name)
        _require(found >= 0, f"regularise.{name}", "0 or more", found)
    some = config.transfer.uses_graphs or config.transfer.host > 0 or config.transfer.negatives > 0
    _require(some, "transfer.host", "some weight above 0", "none: nothing would be learned")
    _require(config.transfer.most_edits > 0, "transfer.most_edits", "more than 0", config.transfer.most_edits)
    _require(0 <= config.blend <= 1, "blend", "a share in [0, 1]", config.blend)
    _require(bool(config.train), "train", "at least one word or pattern, such as all", "none")


def _require(right: bool, name: str, expected: str, found: Any) -> None:
    if not right:
        raise InputError(f"--{name.replace('_', '-')}: expected {expected}, found {found}")


def control(config: PostTrainConfig) -> PostTrainConfig:
    """The fair control of a run: the same pairs, steps and rates, the host's own loss (and negatives) alone.

    What moves, what keeps old skills and how much is blended stay as they are.
    """
    own = replace(
        config.transfer,
        object_spatial=0.0,
        predicate_temporal=0.0,
        grounding=0.0,
        direct=0.0,
        relational=0.0,
        pooled=0.0,
        token=0.0,
        beyond_joint=0.0,
        holistic=0.0,
        edited_phrases=False,
    )
    return replace(config, transfer=own)
