"""Check stored settings: a value that a widget cannot use, as in a damaged workflow, is left out for the default."""

import math
import pickle
from inspect import get_annotations
from types import UnionType
from typing import Any, get_args

from Orange.widgets.settings import (
    Context,
    ContextSetting,
    DomainContextHandler,
    Setting,
    SettingProvider,
    SettingsHandler,
)

_CONTEXTS = "context_settings"
_TYPES_OF_ORANGE = {"savedWidgetGeometry": bytes | None}
"""Types of Orange's own settings whose default does not tell it."""


def between(least: float, most: float) -> Any:
    """Return a function that checks that a number is in a range, for the argument `usable` of a setting."""
    return lambda value: least <= value <= most


def is_path(value: list) -> bool:
    """Return whether a list has the fields of a `RecentPath`, for the argument `usable` of a setting."""
    types = (str, str | None, str | None, str, str, str | None)
    return len(value) == len(types) and all(_has_type(each, kind) for each, kind in zip(value, types, strict=True))


class CheckedSettings(SettingsHandler):
    """Leaves out stored values that do not have the type that the setting is declared with, or are not `usable`.

    A setting says what is usable by its annotation, and by an argument ``usable``: a function that gets a value of this
    type. The numbers and choices of a `FieldsBox` are also checked against its fields.
    """

    def initialize(self, instance: Any, data: Any = None) -> None:
        """Initialize the settings of a widget, or of a part of it, from stored ones."""
        super().initialize(instance, None if data is None else _unpacked(data))

    def _migrate_settings(self, settings: dict[str, Any] | None) -> None:
        """Leave out what cannot be used; Orange calls this for settings of a workflow, and for those of new widgets."""
        if settings:
            usable = usable_settings(self.provider, settings)
            settings.clear()
            settings.update(usable)
        super()._migrate_settings(settings)


class CheckedContexts(CheckedSettings, DomainContextHandler):
    """A `CheckedSettings` that remembers the columns that were chosen for each kind of table."""

    def read_defaults_file(self, settings_file: Any) -> None:
        """Read the settings that new widgets begin with, and the columns."""
        try:
            super().read_defaults_file(settings_file)
        finally:
            if not isinstance(self.global_contexts, list):
                self.global_contexts = []

    def _migrate_settings(self, settings: dict[str, Any] | None) -> None:
        super()._migrate_settings(settings)
        if settings and not isinstance(settings.get(_CONTEXTS), list):
            settings.pop(_CONTEXTS, None)

    def _migrate_contexts(self, contexts: Any) -> None:
        if isinstance(contexts, list):
            contexts[:] = [each for each in contexts if self._is_usable(each)]
            super()._migrate_contexts(contexts)

    def _is_usable(self, context: Any) -> bool:
        fields = ("values", "attributes", "metas")
        return (
            isinstance(context, Context)
            and all(isinstance(getattr(context, name, None), dict) for name in fields)
            and _names_columns(self.provider, context.values, {*context.attributes, *context.metas})
        )


def _unpacked(data: Any) -> dict[str, Any]:
    if isinstance(data, bytes):
        try:
            data = pickle.loads(data)  # noqa: S301 - Orange stores settings like this, and would open them next
        except Exception:  # noqa: BLE001 - damaged bytes raise anything
            return {}
    return data if isinstance(data, dict) else {}


def usable_settings(provider: SettingProvider, data: dict[str, Any]) -> dict[str, Any]:
    """Return stored settings without those that the provider cannot use; what it does not know remains."""
    checked = {name: value for name, value in data.items() if isinstance(name, str)}
    for name, setting in provider.settings.items():
        if name in checked and not _is_usable(provider.provider_class, setting, checked[name]):
            del checked[name]
    for name, part in provider.providers.items():
        if name in checked:
            checked[name] = usable_settings(part, checked[name]) if isinstance(checked[name], dict) else {}
    return checked


def _is_usable(owner: type, setting: Setting, value: Any) -> bool:
    if isinstance(setting, ContextSetting):  # It is stored in contexts only.
        return False
    if not _has_type(value, _declared_type(owner, setting)):
        return False
    if value is None:
        return True
    fields = {field.name: field for field in getattr(owner, "FIELDS", ())}
    usable = fields[setting.name].takes if setting.name in fields else getattr(setting, "usable", None)
    return usable is None or usable(value)


def _declared_type(owner: type, setting: Setting) -> Any:
    for each in owner.__mro__:
        annotations = get_annotations(each)
        if setting.name in annotations:
            return annotations[setting.name]
    return _TYPES_OF_ORANGE.get(setting.name, type(setting.default))


def _has_type(value: Any, declared: Any) -> bool:
    if isinstance(declared, UnionType):
        return any(_has_type(value, each) for each in get_args(declared))
    if declared is float:
        return type(value) in (int, float) and math.isfinite(value)
    if declared is str:
        return type(value) is str and "\0" not in value
    return type(value) is declared  # True is not a number.


def _names_columns(provider: SettingProvider, values: Any, names: set[str]) -> bool:
    """Return whether the columns in a context are those of its table."""
    if not isinstance(values, dict):
        return False
    own = (values.get(name) for name, each in provider.settings.items() if isinstance(each, ContextSetting))
    return all(map(lambda value: _is_column(value, names), own)) and all(
        _names_columns(part, values.get(name, {}), names) for name, part in provider.providers.items()
    )


def _is_column(value: Any, names: set[str]) -> bool:
    if value is None or (isinstance(value, tuple) and value == (None, -2)):
        return True
    return (
        isinstance(value, tuple)
        and [type(each) for each in value] == [str, int]
        and value[0] in names
        and value[1] >= 100
    )
