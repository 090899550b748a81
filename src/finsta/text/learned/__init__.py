"""The learned text parser: a small network over spaCy's parse that predicts nodes, names and edges over spans.

Our own definition; the paper names only a dependency parse with rules. Data flows one way: a parsed text becomes a
:class:`~finsta.text.learned.caption.Caption`, captions become tensors (``batch``), the network scores them
(``encoder``, ``scorers``, ``network``), ``decode`` reads facts off the scores and ``assemble`` writes them into the
same :class:`~finsta.text.draft.Draft` that the rules write to, which add what the training data lacks.
"""
