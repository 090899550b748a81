"""The graphs that everything else speaks: textual, dynamic, holistic; as files and as flat tensors."""
