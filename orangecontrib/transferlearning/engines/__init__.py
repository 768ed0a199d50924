"""What runs a network: TensorFlow, OpenVINO, JAX or PyTorch, in this process or another."""
