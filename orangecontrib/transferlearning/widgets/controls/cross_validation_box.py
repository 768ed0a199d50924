"""A box with the settings of cross-validation: learners, folds, and which images stay together."""

from AnyQt.QtCore import pyqtSignal
from AnyQt.QtWidgets import QCheckBox, QGridLayout, QGroupBox, QSpinBox, QWidget
from Orange.data import Domain, Variable
from Orange.widgets import gui
from Orange.widgets.settings import ContextSetting, Setting
from Orange.widgets.utils.itemmodels import VariableListModel
from Orange.widgets.widget import OWWidget

from ...bakeoff.comparison import ComparisonSettings
from ...bakeoff.learners import LEARNERS
from ...bakeoff.table_images import group_columns
from ...errors import SettingError
from .component import Component
from .forms import make_form
from .stored_settings import between

_MOST_FOLDS = 20


def _are_learners(names: list) -> bool:
    return all(isinstance(name, str) and name in LEARNERS for name in names)


class CrossValidationBox(QGroupBox, Component):
    """Controls and settings of cross-validation.

    Parameters
    ----------
    widget : OWWidget
        The widget that declares this box as a `SettingProvider`.
    """

    changed = pyqtSignal()

    learners: list = Setting(["logistic"], usable=_are_learners)
    n_folds: int = Setting(5, usable=between(2, _MOST_FOLDS))
    group_column: Variable | None = ContextSetting(None, schema_only=True)
    keep_alike: bool = Setting(False)

    def __init__(self, widget: OWWidget) -> None:
        QGroupBox.__init__(self, " Cross-Validation ")  # Spaces as in the boxes that Orange makes.
        Component.__init__(self, widget)
        self.group_model = VariableListModel(placeholder="None")
        self.group_model[:] = [None]
        self.folds_spin = QSpinBox(minimum=2, maximum=_MOST_FOLDS, value=self.n_folds, keyboardTracking=False)
        self.folds_spin.setToolTip("Number of folds, the same for all networks.")
        self.folds_spin.valueChanged[int].connect(self._n_folds_chosen)
        self.group_combo = gui.comboBox(
            None, self, "group_column", model=self.group_model, callback=self.changed.emit, searchable=True
        )
        self.group_combo.setToolTip("Images with the same value in this column, as of one patient, are in one fold.")
        self.alike_check = QCheckBox("Keep images that look alike together", checked=self.keep_alike)
        self.alike_check.setToolTip("Images that look like the same photograph are in one fold.")
        self.alike_check.toggled.connect(self._keep_alike_chosen)
        form = make_form(self)
        form.addRow(self._make_learners())
        form.addRow("Folds:", self.folds_spin)
        form.addRow("Keep together:", self.group_combo)
        form.addRow(self.alike_check)

    def _make_learners(self) -> QWidget:
        row = QWidget()
        grid = QGridLayout(row)
        grid.setContentsMargins(0, 0, 0, 0)
        self.learner_checks = {}
        for number, learner in enumerate(LEARNERS.values()):
            check = QCheckBox(learner.title, checked=learner.name in self.learners)
            check.setToolTip("The learner with the defaults of its widget.")
            check.toggled.connect(self._learners_chosen)
            grid.addWidget(check, *divmod(number, 2))
            self.learner_checks[learner.name] = check
        return row

    def offer_columns(self, domain: Domain | None) -> None:
        """Offer the columns that may group images, and choose none."""
        self.group_model[:] = [None, *([] if domain is None else group_columns(domain))]
        self.group_column = None

    def settings(self) -> ComparisonSettings:
        """Return the settings of a comparison.

        Raises
        ------
        SettingError
            No learner is chosen.
        """
        if not self.learners:
            raise SettingError("No learner is chosen: check one.")
        return ComparisonSettings(
            tuple(learner for name, learner in LEARNERS.items() if name in self.learners),
            self.n_folds,
            keep_together=self.keep_alike,
        )

    def described(self) -> list[tuple[str, str | int]]:
        """Return the titles and values of the settings, for a report."""
        learners = ", ".join(learner.title for name, learner in LEARNERS.items() if name in self.learners)
        together = [] if self.group_column is None else [("Keep together", self.group_column.name)]
        alike = [("Images that look alike", "in one fold")] if self.keep_alike else []
        return [("Learners", learners), ("Folds", self.n_folds), *together, *alike]

    def _learners_chosen(self) -> None:
        self.learners = [name for name, check in self.learner_checks.items() if check.isChecked()]
        self.changed.emit()

    def _n_folds_chosen(self, n_folds: int) -> None:
        self.n_folds = n_folds
        self.changed.emit()

    def _keep_alike_chosen(self, keep: bool) -> None:
        self.keep_alike = keep
        self.changed.emit()
