"""The embedded world in the official formats of twelve data sets, so that their readers, tasks and metrics run offline.

Each format is one function of a world, ``FORMATS[name](world)``, that gives annotation files and tells how videos are
made; :func:`~finsta.data.world.formats.make.write_formats` writes it.
"""
