"""A box of numbers, choices and check boxes, two per row, each bound to a setting."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from AnyQt.QtCore import QLocale, pyqtSignal
from AnyQt.QtGui import QValidator
from AnyQt.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QDoubleSpinBox,
    QGridLayout,
    QGroupBox,
    QSpinBox,
    QWidget,
)
from Orange.widgets.widget import OWWidget

from .component import Component
from .forms import MARGINS, choice_combo
from .plain_text import PlainLabel, tooltip

_DECIMALS = 6


@dataclass(frozen=True)
class Field:
    """A number, a choice or a check box that can be set.

    Attributes
    ----------
    name : str
        Name of the setting.
    title : str
    tip : str
    least, most : float or None
        Limits of a number; otherwise None. Whole numbers have whole limits.
    step : float or None
        Step of a fraction; with None, a step changes the leading digit.
    choices : mapping of str to str, optional
        Title of each value of a choice.
    """

    name: str
    title: str
    tip: str
    least: float | None = None
    most: float | None = None
    step: float | None = None
    choices: Mapping[str, str] | None = None

    def takes(self, value: bool | float | str) -> bool:
        """Return whether a value of the right type can be chosen."""
        if self.choices:
            return value in self.choices
        return self.least is None or self.least <= value <= self.most

    def describe(self, value: bool | float | str) -> str:
        """Return a value as text, for a report."""
        if self.choices:
            return self.choices.get(value, value)
        return {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"{value:g}"


class FractionSpin(QDoubleSpinBox):
    """A spin box that shows no zeros at the end of a fraction, and takes a point as well as a comma."""

    def textFromValue(self, value: float) -> str:
        """Return a number as text, without zeros at its end."""
        locale: QLocale = self.locale()
        text = locale.toString(value, "f", _DECIMALS).rstrip(locale.zeroDigit())
        return text.removesuffix(locale.decimalPoint())

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Return whether a text is a number, and the text as this language writes it."""
        return super().validate(self._with_own_point(text), position)

    def valueFromText(self, text: str) -> float:
        """Return a text as a number."""
        return super().valueFromText(self._with_own_point(text))

    def _with_own_point(self, text: str) -> str:
        point = self.locale().decimalPoint()  # Numbers here are too small for separators of thousands.
        return text.replace(".", point).replace(",", point)


class FieldsBox(QGroupBox, Component):
    """Controls of several settings. Subclasses list the fields and declare the settings.

    Parameters
    ----------
    widget : OWWidget
        The widget that declares this box as a `SettingProvider`.
    title : str
    """

    FIELDS: ClassVar[tuple[Field, ...]] = ()

    changed = pyqtSignal()

    def __init__(self, widget: OWWidget, title: str) -> None:
        QGroupBox.__init__(self, f" {title} ")  # Spaces as in the boxes that Orange makes.
        Component.__init__(self, widget)
        self._widget = widget
        self.fields = {field.name: self._control(field) for field in self.FIELDS}
        self.columns: list[list[QWidget]] = [[] for _ in range(4)]
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(*MARGINS)
        self.grid.setColumnStretch(1, 1)
        self.grid.setColumnStretch(3, 1)
        first = self.add_rows()
        for index, field in enumerate(self.FIELDS):
            row, side = divmod(index, 2)
            self._place(field, first + row, 2 * side)

    def align(self, *others: "FieldsBox") -> None:
        """Set the columns of several boxes to the same widths."""
        boxes = (self, *others)
        for column in range(4):
            width = max(each.sizeHint().width() for box in boxes for each in box.columns[column])
            for box in boxes:
                box.grid.setColumnMinimumWidth(column, width)

    def add_rows(self) -> int:
        """Add rows above the fields, and return their number."""
        return 0

    @property
    def values(self) -> dict[str, object]:
        """Values of the settings by name."""
        return {field.name: getattr(self, field.name) for field in self.FIELDS}

    def described(self) -> list[tuple[str, str]]:
        """Return the titles and values of the settings, for a report."""
        return [(field.title, field.describe(getattr(self, field.name))) for field in self.FIELDS]

    def add_row(self, row: int, title: str, widget: QWidget, n_columns: int = 3) -> None:
        """Add a widget with a title to a row of the grid."""
        label = PlainLabel(title)
        label.setBuddy(widget)
        self.grid.addWidget(label, row, 0)
        self.grid.addWidget(widget, row, 1, 1, n_columns)
        self.columns[0].append(label)

    def _place(self, field: Field, row: int, column: int) -> None:
        control = self.fields[field.name]
        if isinstance(control, QCheckBox):
            self.grid.addWidget(control, row, column, 1, 2)
            return
        label = PlainLabel(f"{field.title}:")
        label.setToolTip(tooltip(field.tip))
        label.setBuddy(control)
        for index, each in enumerate((label, control), column):
            self.grid.addWidget(each, row, index)
            self.columns[index].append(each)

    def _control(self, field: Field) -> QWidget:
        value = getattr(self, field.name)
        if field.choices:
            control = choice_combo(self, field.name, field.choices, self.changed.emit)
        elif field.least is None:
            control = QCheckBox(field.title, checked=value)
            control.toggled.connect(lambda chosen: self._choose(field.name, chosen))
        else:
            control = _spin(field, value)
            control.valueChanged[type(field.least)].connect(lambda chosen: self._choose(field.name, chosen))
        control.setToolTip(tooltip(field.tip))
        return control

    def _choose(self, name: str, value: float | bool) -> None:
        setattr(self, name, value)
        self.changed.emit()


def _spin(field: Field, value: float) -> QAbstractSpinBox:
    limits = {"minimum": field.least, "maximum": field.most, "keyboardTracking": False}
    if isinstance(field.least, int):
        return QSpinBox(**limits, value=value)
    spin = FractionSpin(decimals=_DECIMALS, **limits)
    if field.step:
        spin.setSingleStep(field.step)
    else:
        spin.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
    spin.setValue(value)
    return spin
