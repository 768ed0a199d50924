"""The exceptions of this package."""


class TransferLearningError(Exception):
    """The base class of the exceptions of this package."""


class ImageReadError(TransferLearningError, OSError):
    """An image cannot be read; the message is the reason, for the user."""


class SourceError(TransferLearningError, ValueError):
    """A source of images or a file of features cannot be used."""


class UnknownBackboneError(TransferLearningError, ValueError):
    """There is no backbone with this name."""


class SettingError(TransferLearningError, ValueError):
    """A layer, pooling, image size or other setting is not possible."""


class WeightsError(TransferLearningError, OSError):
    """Weights are missing, cannot be downloaded, or do not fit the network."""


class DownloadError(WeightsError):
    """Weights cannot be downloaded now; another try may work."""


class SinkError(TransferLearningError, OSError):
    """An output cannot be written, or exists already."""


class PackError(TransferLearningError, ValueError):
    """A class pack cannot be made, or is damaged, or is not for this computer."""


class TrainingError(TransferLearningError, ValueError):
    """Training is not possible with this data, these settings or this memory."""


class ModelError(TransferLearningError, ValueError):
    """A trained model cannot be opened, or takes other features."""


class Cancelled(TransferLearningError):  # noqa: N818 - a request, not a fault
    """Raised by a progress callback to stop the work."""


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says that is not empty, or the name of its type."""
    return next(filter(str.strip, str(error).splitlines()), type(error).__name__).strip()
