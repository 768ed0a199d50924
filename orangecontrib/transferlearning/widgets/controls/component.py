"""The base class of boxes with settings of their own."""

from Orange.widgets.gui import OWComponent
from Orange.widgets.widget import OWWidget


class Component(OWComponent):
    """A part of a widget with settings of its own.

    Parameters
    ----------
    widget : OWWidget, optional
        The widget that declares this part as a `SettingProvider`; none when Qt calls the constructors of all bases.
    """

    def __init__(self, widget: OWWidget | None = None) -> None:
        OWComponent.__init__(self, widget)
        if widget is not None:
            # Otherwise, orangewidget would give the settings of this widget to the next widget of its class, too.
            widget.settingsHandler.provider.get_provider(type(self)).store_initialization_data(None)
