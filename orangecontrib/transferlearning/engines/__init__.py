"""Engines that run a network: OpenVINO, TensorFlow, JAX or PyTorch, in this process or in a worker process."""
