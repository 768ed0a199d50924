"""Fractions in spin boxes, in languages with a comma and with a point."""

import pytest
from AnyQt.QtCore import QLocale
from AnyQt.QtTest import QTest
from Orange.widgets.tests import base

from orangecontrib.transferlearning.widgets.controls.fields_box import FractionSpin


@pytest.fixture(autouse=True)
def application():
    base.WidgetTest.setUpClass()
    yield
    base.WidgetTest.tearDownClass()


@pytest.mark.parametrize(("language", "shown"), [("en_US", "0.02"), ("de_DE", "0,02"), ("sl_SI", "0,02")])
@pytest.mark.parametrize("typed", ["0.02", "0,02", ".02"])
def test_point_and_comma_are_typed_in_every_language(language, shown, typed):
    spin = FractionSpin(decimals=6, maximum=10.0)
    spin.setLocale(QLocale(language))
    spin.lineEdit().clear()
    QTest.keyClicks(spin, typed)
    spin.interpretText()
    assert (spin.value(), spin.text()) == (0.02, shown)
