"""Official annotation files of other data sets as graphs of ours; docs/annotations.md says how each is read."""
