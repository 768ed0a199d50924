"""Choose the form of a noun that fits a number, as `Orange.widgets.utils.localization.pl` does, without Orange."""


def pl(number: int, forms: str) -> str:
    """Return the form of an English noun for a number.

    Parameters
    ----------
    number : int
    forms : str
        The singular, if the plural ends in "s": "image"; or both: "class|classes".
    """
    one, _, more = forms.partition("|")
    return one if number == 1 else more or f"{one}s"
