"""Reports of a training: text, charts, files beside the model."""
