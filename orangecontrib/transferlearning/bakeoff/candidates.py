"""Candidates of a comparison: networks and presets, by the names that users see."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..embedding.choices import NetworkChoice, read_choices, write_choices
from ..embedding.embedder import Embedder
from ..errors import SettingError


@dataclass(frozen=True)
class Candidate:
    """A way to compute features that is compared with others.

    Attributes
    ----------
    name : str
        Name that users see, unique in a comparison.
    settings : mapping of str to object
        Arguments of its `Embedder`.
    """

    name: str
    settings: Mapping[str, Any]

    @property
    def choices(self) -> tuple[NetworkChoice, ...]:
        """The networks, each with its layer."""
        return self.embedder().choices

    @property
    def megabytes(self) -> int:
        """Size of the weights of all networks, in megabytes; a network with two layers counts once."""
        return sum({choice.backbone: choice.record.megabytes for choice in self.choices}.values())

    def embedder(self) -> Embedder:
        """Return a new embedder, which is not loaded yet."""
        return Embedder(**self.settings)


def preset_candidate(name: str, **settings: Any) -> Candidate:
    """Return the candidate of a preset; `settings` are further arguments of its `Embedder`."""
    return Candidate(name, {**settings, "backbone": name})


def backbone_candidate(backbone: str, **settings: Any) -> Candidate:
    """Return the candidate of networks and layers, given as for `read_choices`.

    Parameters
    ----------
    backbone : str
        It also becomes the name, as the registry spells it.
    settings : object
        Further arguments of its `Embedder`.

    Raises
    ------
    UnknownBackboneError, SettingError
        `read_choices` refuses the text.
    """
    name = write_choices(read_choices(backbone))
    return Candidate(name, {**settings, "backbone": name})


def check_candidates(candidates: Sequence[Candidate]) -> None:
    """Raise `SettingError` if there is no candidate, or two have the same name."""
    if not candidates:
        raise SettingError("There is nothing to compare: name networks or presets.")
    name, n_times = Counter(candidate.name for candidate in candidates).most_common(1)[0]
    if n_times > 1:
        raise SettingError(f"{name} is there {n_times} times: name each network or preset once.")
