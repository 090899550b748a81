"""The learned parser on disk: ``model.safetensors`` in half precision, and ``vocabulary.json`` beside it."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from finsta.errors import FormatError, OutputError
from finsta.text.learned.batch import Batcher
from finsta.text.learned.decode import Reader
from finsta.text.learned.network import ParserNetwork
from finsta.text.learned.vocabulary import Vocabulary, load_vocabulary

WEIGHTS, VOCABULARY = "model.safetensors", "vocabulary.json"
SHIPPED = Path(__file__).parent / "weights"
"""The parser that the wheel holds."""


def save_parser(network: ParserNetwork, vocabulary: Vocabulary, folder: Path) -> None:
    """Write both files, each whole or not at all.

    Raises:
        OutputError: if the folder cannot be written.
    """
    vocabulary.save(folder / VOCABULARY)
    temporary = folder / f".{WEIGHTS}.tmp"
    state = {name: tensor.half().contiguous() for name, tensor in network.state_dict().items()}
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
    network = ParserNetwork(vocabulary)
    try:
        state = {name: tensor.to(torch.float32) for name, tensor in load_file(folder / WEIGHTS).items()}
        network.load_state_dict(state)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise FormatError(
            f"{folder / WEIGHTS}: not the weights of this text parser: {error}; train it anew with "
            "`finsta train-text-parser`, or install finsta again"
        ) from error
    return Reader(network.eval(), Batcher(vocabulary))
