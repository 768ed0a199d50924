"""Report the results of a training: text, charts, and files beside the model."""
