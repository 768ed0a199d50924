"""The comparison itself: one candidate after the other is embedded, timed and cross-validated."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..embedding.embedder import Embedder
from ..errors import ImageReadError, SettingError, WeightsError
from ..records import Callback, Skipped, describe_unread
from .candidates import Candidate, check_candidates
from .duplicates import Duplicates, find_duplicates, join_duplicates
from .folds import make_folds
from .images import LabeledImages
from .learners import LEARNERS, OrangeLearner
from .scoring import Scores, feature_table, score_learner
from .speed import Speed, measure_speed

LOADING, EMBEDDING, TIMING, SCORING = STAGES = ("loading", "embedding", "measuring the speed", "cross-validation")
"""What is done with each candidate, in this order."""

_ENDS = (0.1, 0.7, 0.8, 1.0)
"""Fraction of the work on a candidate that is done after each stage."""


@dataclass(frozen=True)
class ComparisonSettings:
    """The settings of a comparison: learners, folds and seeds.

    Attributes
    ----------
    learners : tuple of OrangeLearner
    n_folds : int
    seeds : tuple of int
        Seeds of the folds; each gives a cross-validation.
    keep_together : bool
        Whether images that look like the same photograph are in one fold.
    """

    learners: tuple[OrangeLearner, ...] = (LEARNERS["logistic"],)
    n_folds: int = 5
    seeds: tuple[int, ...] = (0,)
    keep_together: bool = False


@dataclass(frozen=True)
class ComparisonRow:
    """The scores of one learner with the features of one candidate, and the speed of these.

    Attributes
    ----------
    candidate : Candidate
    learner : OrangeLearner
    scores : Scores
    speed : Speed
    n_features : int
    n_images : int
        Number of images of the cross-validation.
    """

    candidate: Candidate
    learner: OrangeLearner
    scores: Scores
    speed: Speed
    n_features: int
    n_images: int

    @property
    def key(self) -> tuple[str, str]:
        """Names of the candidate and the learner; a later row with the same key replaces an earlier one."""
        return self.candidate.name, self.learner.name


@dataclass(frozen=True, eq=False)
class _Embedded:
    """The features of a candidate, for the numbers of the images in `rows`."""

    candidate: Candidate
    rows: np.ndarray
    features: np.ndarray
    speed: Speed


@dataclass(eq=False)
class Comparison:
    """A comparison of candidates on the same images and folds.

    Parameters
    ----------
    candidates : sequence of Candidate
    images : LabeledImages
    settings : ComparisonSettings

    Attributes
    ----------
    skipped : list of Skipped
        Images that a candidate could not read, which are left out for all.
    notes : list of str
        What is to know about the images, a line for each kind.
    duplicates : Duplicates or None
        Pairs that look like the same photograph, in the first folds; numbers are those of `images`. None before the
        first candidate is embedded.

    Raises
    ------
    SettingError
        There are no candidates, or two have the same name.
    TrainingError
        There are too few images of a class, or too few groups.
    """

    candidates: Sequence[Candidate]
    images: LabeledImages
    settings: ComparisonSettings = field(default_factory=ComparisonSettings)
    skipped: list[Skipped] = field(default_factory=list, init=False)
    notes: list[str] = field(default_factory=list, init=False)
    duplicates: Duplicates | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        check_candidates(self.candidates)
        self._done: dict[str, _Embedded] = {}
        self._rows: dict[tuple[str, str], ComparisonRow] = {}
        self._kept = np.ones(len(self.images), bool)
        self._foldings = _choose_folds(self.images, self.images.groups, self.settings)

    def choose(self, candidates: Sequence[Candidate], settings: ComparisonSettings) -> None:
        """Compare other candidates, or with other settings, from the next run on.

        What was computed is not computed again: features and speeds, and with the same folds also scores.

        Parameters
        ----------
        candidates : sequence of Candidate
            A name stands for the same settings of its `Embedder` as before.
        settings : ComparisonSettings

        Raises
        ------
        SettingError, TrainingError
            As for a new comparison; this one is then as it was.
        """
        check_candidates(candidates)
        if replace(settings, learners=()) != replace(self.settings, learners=()):
            self._foldings = _choose_folds(self.images, self.images.groups, settings)
            self._rows.clear()
            self.duplicates = None
        self.candidates, self.settings = candidates, settings

    def run(
        self, callback: Callback | None = None, tell: Callable[[Candidate, str], object] | None = None
    ) -> Iterator[ComparisonRow]:
        """Compare the candidates.

        Features are in the candidates' cache as soon as they are computed, so that a comparison that was stopped does
        not compute them again. A second run of the same comparison goes on where the first was stopped.

        Parameters
        ----------
        callback : callable, optional
            Called with the fraction done, 0-1; may raise `Cancelled`.
        tell : callable, optional
            Called with the candidate and one of `STAGES` when that begins.

        Yields
        ------
        ComparisonRow
            One for each candidate and learner, as soon as it is known; those of an earlier run come at once. If a later
            candidate cannot read an image, earlier rows come again, without it, and replace those with the same `key`.

        Raises
        ------
        ImageReadError
            A candidate cannot read any image.
        WeightsError, SettingError
            The weights of a network are missing, or it has no such layer; after all others were compared.
        UnknownBackboneError
            There is no such network.
        TrainingError
            Too few images of a class can be read.
        """
        n, failed = len(self.candidates), None
        for number, candidate in enumerate(self.candidates):
            stage = _Stages(candidate, callback and _part(callback, number / n, (number + 1) / n), tell)
            try:
                if candidate.name not in self._done:
                    self._done[candidate.name] = self._embed(candidate, stage)
            except (WeightsError, SettingError) as error:
                failed = failed or error
                continue
            changed = self._leave_out(self._done[candidate.name].rows)
            report = stage.begin(SCORING)
            for each in self.candidates[: number + 1] if changed else [candidate]:
                if each.name in self._done:
                    yield from self._score(self._done[each.name], report)
            if callback:
                callback((number + 1) / n)
        if failed:
            raise failed

    def _embed(self, candidate: Candidate, stage: "_Stages") -> _Embedded:
        embedder = candidate.embedder()
        embedder.load(stage.begin(LOADING))
        embeddings = embedder.embed(self.images, stage.begin(EMBEDDING))
        self._note(embedder, embeddings.skipped)
        if not embeddings.keys:
            raise ImageReadError(describe_unread(embeddings.skipped))
        places = {item.key: row for row, item in enumerate(self.images)}
        rows = np.array([places[key] for key in embeddings.keys])
        speed = measure_speed(embedder, self.images.choose(rows), stage.begin(TIMING))
        return _Embedded(candidate, rows, embeddings.features, speed)

    def _note(self, embedder: Embedder, skipped: Sequence[Skipped]) -> None:
        known = {each.key for each in self.skipped}
        self.skipped += [each for each in skipped if each.key not in known]
        self.notes += [line for line in embedder.notes.lines() if line not in self.notes]

    def _leave_out(self, rows: np.ndarray) -> bool:
        """Leave out all other rows, and return whether folds are new."""
        kept = self._kept & np.isin(np.arange(len(self._kept)), rows)
        if self.duplicates is not None and kept.sum() == self._kept.sum():
            return False
        self._kept = kept
        self._rows.clear()
        numbers = np.flatnonzero(kept)
        images, features = self.images.choose(numbers), self._features(next(iter(self._done.values())))
        groups = images.groups
        if self.settings.keep_together:
            joined = join_duplicates(features, groups)
            groups = joined if groups is not None or joined.max() + 1 < len(joined) else None
        self._foldings = _choose_folds(images, groups, self.settings)
        found = find_duplicates(features, self._foldings[0])
        first = tuple((int(numbers[one]), int(numbers[other])) for one, other in found.first)
        self.duplicates = Duplicates(found.n_pairs, found.n_split, first)
        return True

    def _features(self, embedded: _Embedded) -> np.ndarray:
        return embedded.features[self._kept[embedded.rows]]

    def _score(self, embedded: _Embedded, callback: Callback | None) -> Iterator[ComparisonRow]:
        learners = self.settings.learners
        for number, learner in enumerate(learners):
            key = embedded.candidate.name, learner.name
            if key not in self._rows:
                report = callback and _part(callback, number / len(learners), (number + 1) / len(learners))
                self._rows[key] = self._row(embedded, learner, report)
            yield self._rows[key]

    def _row(self, embedded: _Embedded, learner: OrangeLearner, callback: Callback | None) -> ComparisonRow:
        features, images = self._features(embedded), self.images
        table = feature_table(features, images.class_indices[self._kept], images.classes)
        scores: Scores = score_learner(table, learner.make(), self._foldings, callback)
        return ComparisonRow(embedded.candidate, learner, scores, embedded.speed, features.shape[1], len(features))


class _Stages:
    """Tells which stage of a candidate begins, and gives it a part of the progress."""

    def __init__(
        self, candidate: Candidate, callback: Callback | None, tell: Callable[[Candidate, str], object] | None
    ):
        self._candidate, self._callback, self._tell = candidate, callback, tell

    def begin(self, stage: str) -> Callback | None:
        """Tell that a stage begins, and return its callback."""
        if self._tell:
            self._tell(self._candidate, stage)
        place = STAGES.index(stage)
        start = _ENDS[place - 1] if place else 0.0
        return self._callback and _part(self._callback, start, _ENDS[place])


def _choose_folds(images: LabeledImages, groups: np.ndarray | None, settings: ComparisonSettings) -> list[np.ndarray]:
    """Return the folds of each seed."""
    return [make_folds(images.class_indices, images.classes, settings.n_folds, seed, groups) for seed in settings.seeds]


def _part(callback: Callback, start: float, end: float) -> Callback:
    return lambda fraction: callback(start + (end - start) * min(fraction, 1.0))
