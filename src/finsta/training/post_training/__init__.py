"""Post-training: a host and pairs in, the enhanced host out; its objective and its batches."""
