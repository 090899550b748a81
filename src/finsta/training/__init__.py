"""Training: the objective, the loop that survives being killed, and post-training as a whole."""

from finsta.training.post_training.train import PostTrained, post_train

__all__ = ["PostTrained", "post_train"]
