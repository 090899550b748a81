"""What submodules of a host put out, read by forward hooks that are gone when the block ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import SequenceMatcher
from typing import Any

from torch import nn

from finsta.errors import HostError

SHOWN = 4
"""Names that an error offers."""


@contextmanager
def capture(model: nn.Module, *names: str) -> Iterator[dict[str, Any]]:
    """Collect the outputs of named submodules for the calls made inside the ``with`` block.

    The hooks return nothing, so the model's own outputs stay bit-identical; they are removed on leaving, by an
    error too. Of several calls the last one counts; a submodule that was not called has no entry. Our definition.

    Args:
        model: The host model.
        names: Dotted names as in ``model.named_modules()``.

    Raises:
        HostError: if the model has no submodule of that name.
    """
    outputs: dict[str, Any] = {}
    handles = []
    try:
        for name in names:
            handles.append(find_submodule(model, name).register_forward_hook(_recorder(outputs, name)))
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def find_submodule(model: nn.Module, name: str) -> nn.Module:
    """The submodule of a dotted name.

    Raises:
        HostError: if there is none; it names the nearest that are there.
    """
    try:
        return model.get_submodule(name)
    except AttributeError as error:
        children = ", ".join(child for child, _ in model.named_children()) or "none"
        near = ", ".join(_nearest(model, name)) or "none"
        raise HostError(
            f"{type(model).__name__} has no submodule {name!r}; the nearest are {near}; at its top it has {children}; "
            "give a dotted name from model.named_modules()"
        ) from error


def _nearest(model: nn.Module, name: str) -> list[str]:
    """Names that look alike as a whole, or end alike: a path is often right but for what it stands under."""

    def likeness(known: str) -> float:
        whole = SequenceMatcher(None, name, known).ratio()
        end = SequenceMatcher(None, name.rpartition(".")[2], known.rpartition(".")[2]).ratio()
        return whole + 0.5 * end

    known = [other for other, _ in model.named_modules() if other]
    return sorted(known, key=likeness, reverse=True)[:SHOWN]


def _recorder(outputs: dict[str, Any], name: str) -> Callable[[nn.Module, Any, Any], None]:
    def record(module: nn.Module, arguments: Any, output: Any) -> None:
        outputs[name] = output

    return record
