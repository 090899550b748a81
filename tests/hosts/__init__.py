"""Tiny random hosts of every family, built from configs; tests/transfer/contract holds each of them to every claim.

How to add a host
-----------------
One module a family (`dual`, `video`, `fusion`, `llm`), each with

    TINY: dict[str, TinyHost] = {"model_type": TinyHost(build=..., call=...), "model_type:variant": ...}

- ``build()`` gives a `Host` with a model made from a config under a fixed seed, in evaluation mode, with a tokenizer
  and an image processor made here (no download, no torchvision). Width 32, two layers, frames of a few patches,
  ``num_frames`` 2 to 4: a forward pass takes milliseconds. The same call gives the same weights and tokens. Use `made`
  for the seed.
- ``call(host)`` gives the keyword arguments of the model's own ``forward``, as a user of bare `transformers` writes
  them, without finsta: tensors only, made of `clips(host)` and of `texts(host)` with the model's own reshaping. The
  saved folder must give the same output for them in a process that never imports finsta.
- A key is the ``model_type`` of the table `HOSTS`; a second model of the same type adds ``:variant``.

A new module is added to the list in ``tests/hosts/registry.py``; nothing else changes. ``tests/hosts/tiny.py`` and
``tests/hosts/tokenizers.py`` hold what the modules share.
"""
