"""A corpus of clips as Parquet shards of graphs: made by ``finsta parse --manifest``, at any scale, and read back.

Data flows one way: ``manifest`` (what there is to parse) → ``plan`` (what is not done yet) → an engine, whose workers
run ``work`` (a clip to a row or a failure) → ``writer``, the one process that commits.
"""
