"""What a training found: text, charts, files beside the model."""
