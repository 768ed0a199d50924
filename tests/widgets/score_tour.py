"""Open workflows one after the other in Orange's own canvas, and write what their widgets are set to and have sent.

``python score_tour.py NOTES.json WORKFLOW.ows ...``; a workflow may be opened several times.
"""

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "doc"))

import numpy as np
from draw_workflows import Tour
from Orange.data import Table
from Orange.evaluation import CA, RMSE, Results
from Orange.widgets.evaluate.owtestandscore import OWTestAndScore

LEFT_OUT = ("savedWidgetGeometry", "context_settings", "recent_paths")
"""Settings that do not say what a widget computes."""


class ScoreTour(Tour):
    """Orange, which opens workflows, and notes their settings and scores."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.notes: list[dict] = []

    def draw(self, name: str) -> None:
        """Note what the workflow's widgets are set to, what they say, and what they have sent."""
        signals = self.scheme.signal_manager
        sent = {
            f"{link.source_node.title}: {link.source_channel.name} > {link.sink_node.title}": [
                in_numbers(value) for value in signals.link_contents(link).values()
            ]
            for link in self.scheme.links
        }
        widgets = {node.title: self.scheme.widget_for_node(node) for node in self.scheme.nodes}
        settings = {title: settings_of(widget) for title, widget in widgets.items()}
        said = {title: each for title, each in self.widget_messages().items() if each}
        scores = {title: scores_of(each) for title, each in widgets.items() if isinstance(each, OWTestAndScore)}
        self.notes.append({"name": name, "scores": scores, "sent": sent, "settings": settings, "said": said})


def settings_of(widget: Any) -> dict[str, str]:
    """Return a widget's settings as text, without its geometry and what it knows of other tables."""
    packed = widget.settingsHandler.pack_data(widget)
    return {name: repr(value) for name, value in packed.items() if name not in LEFT_OUT}


def scores(results: Results) -> list[float]:
    """Return the accuracies, or the errors of regression, of the learners."""
    return [float(score) for score in (CA if results.domain.has_discrete_class else RMSE)(results)]


def scores_of(widget: OWTestAndScore) -> dict[str, list[float]]:
    """Return the scores that Test & Score shows, by learner."""
    return {slot.learner.name: scores(slot.results.value) for slot in widget.learners.values()}


def in_numbers(value: Any) -> Any:
    """Return scores by learner, or a table's size and sum; of anything else, its name."""
    if isinstance(value, Results):
        return dict(zip(value.learner_names, scores(value), strict=True))
    if isinstance(value, Table):
        return [*value.X.shape, round(float(np.nansum(np.abs(value.X))), 3)]
    return getattr(value, "name", None)


def main(notes: str, *workflows: str) -> None:
    """Open the workflows, and write the notes."""
    tour = ScoreTour(Path(notes).parent)
    tour.run(["orange", "--no-welcome", "--no-splash", *workflows])
    if tour.error:
        raise tour.error
    Path(notes).write_text(json.dumps(tour.notes, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
