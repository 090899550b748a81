"""The learned parser on disk: ``model.safetensors`` in half precision, and ``vocabulary.json`` beside it."""

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from finsta.errors import FormatError, OutputError
from finsta.text.learned.batch import Batcher
from finsta.text.learned.decode import Reader
from finsta.text.learned.network import ParserNetwork
from finsta.text.learned.vocabulary import Vocabulary, load_vocabulary

WEIGHTS, VOCABULARY = "model.safetensors", "vocabulary.json"
SHIPPED = Path(__file__).parent / "weights"
"""The parser that the wheel holds."""


def save_parser(networks: Sequence[ParserNetwork], vocabulary: Vocabulary, folder: Path) -> None:
    """Write both files, each whole or not at all; names of weights start with the number of their network.

    Raises:
        OutputError: if the folder cannot be written.
    """
    vocabulary.save(folder / VOCABULARY)
    temporary = folder / f".{WEIGHTS}.tmp"
    state = nn.ModuleList(networks).state_dict()
    state = {name: tensor.half().contiguous() for name, tensor in state.items()}
    try:
        save_file(state, temporary)
        temporary.replace(folder / WEIGHTS)
    except OSError as error:
        raise OutputError(f"{folder / WEIGHTS}: cannot be written: {error.strerror}; choose another folder") from error


def load_reader(folder: Path = SHIPPED) -> Reader:
    """Read what :func:`save_parser` wrote.

    Raises:
        FormatError: if a file is missing or does not fit the other.
    """
    vocabulary = load_vocabulary(folder / VOCABULARY)
    try:
        state = {name: tensor.to(torch.float32) for name, tensor in load_file(folder / WEIGHTS).items()}
        members = 1 + max(int(name.split(".")[0]) for name in state)
        networks = [ParserNetwork(vocabulary).eval() for _ in range(members)]
        nn.ModuleList(networks).load_state_dict(state)
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        raise FormatError(
            f"{folder / WEIGHTS}: not the weights of this text parser: {error}; train it anew with "
            "`finsta train-text-parser`, or install finsta again"
        ) from error
    return Reader(networks, Batcher(vocabulary))
