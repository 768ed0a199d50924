"""Every exception that this package raises on purpose."""


class TransferLearningError(Exception):
    """Base of all of them: catch this to catch whatever the package says on purpose."""


class ImageReadError(TransferLearningError, OSError):
    """An image could not be read; the message is the reason, fit for a person."""


class SourceError(TransferLearningError, ValueError):
    """A folder, log file or array of images is not what it has to be."""


class UnknownBackboneError(TransferLearningError, ValueError):
    """No network of that name is known."""


class SettingError(TransferLearningError, ValueError):
    """A layer, pooling, image size or other setting that the network cannot honour."""


class WeightsError(TransferLearningError, OSError):
    """Weights are missing, unreachable, or do not fit the network."""


class SinkError(TransferLearningError, OSError):
    """An output cannot be written, or is already there."""


class TrainingError(TransferLearningError, ValueError):
    """Nothing can be learned from these features, or not with these settings or this memory."""


class ModelError(TransferLearningError, ValueError):
    """A trained model that cannot be opened, or that takes other features than these."""


class Cancelled(TransferLearningError):  # noqa: N818 - a request, not a fault
    """Raised by a progress callback to stop the work."""


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says that is not empty, or the name of its type."""
    return next(filter(str.strip, str(error).splitlines()), type(error).__name__).strip()
