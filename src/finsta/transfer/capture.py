"""What submodules of a host put out, read by forward hooks that are gone when the block ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from finsta.errors import HostError


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
            handles.append(_submodule(model, name).register_forward_hook(_recorder(outputs, name)))
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def _recorder(outputs: dict[str, Any], name: str) -> Callable[[nn.Module, Any, Any], None]:
    def record(module: nn.Module, arguments: Any, output: Any) -> None:
        outputs[name] = output

    return record


def _submodule(model: nn.Module, name: str) -> nn.Module:
    try:
        return model.get_submodule(name)
    except AttributeError as error:
        children = ", ".join(child for child, _ in model.named_children())
        raise HostError(
            f"{type(model).__name__} has no submodule {name!r}; at its top it has {children}; "
            "give a dotted name from model.named_modules()"
        ) from error
