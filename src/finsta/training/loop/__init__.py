"""The training loop: steps, batches made ahead, checkpoints, processes. What is learned is no business of its."""
