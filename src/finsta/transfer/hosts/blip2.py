"""BLIP-2 for retrieval: a Q-Former whose query tokens read the frames, and whose text tokens read text and queries.

The Q-Former attends to the patches of all frames laid end to end, class tokens included, as BLIP's text encoder does in
its paper's transfer to video; for BLIP-2 this is our definition. Time is not encoded. One frame is plain BLIP-2.
"""

from collections.abc import Mapping
from typing import Any

import torch

from finsta.errors import HostError
from finsta.shapes import Float, Tensor
from finsta.transfer.hosts.blip import TEMPERATURE, temperature
from finsta.transfer.hosts.blip_writing import frame_states
from finsta.transfer.hosts.encodings import FusedEncoding, PooledText, PooledVideo, TextEncoding, VideoEncoding
from finsta.transfer.hosts.pieces import check_vocabulary, patch_grid, unit, vision_size
from finsta.transfer.hosts.spec import HostSpec


def encode_video(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """Tokens are the vision tower's patches of every frame; the queries that read them are the pooled vectors.

    They stand in the context, each of length one in the joint space: a text is scored by the best of them. The pooled
    vector is their mean, for what wants one vector (our definition).
    """
    states = frame_states(model, pixels)  # [B, T, 1 + P, Dv]
    queries = model.query_tokens.expand(len(pixels), -1, -1)
    read = model.qformer(query_embeds=queries, encoder_hidden_states=states.flatten(1, 2)).last_hidden_state
    embeddings = unit(model.vision_projection(read))  # [B, Q, D]
    return VideoEncoding(
        pooled=PooledVideo(embedding=unit(embeddings.mean(dim=1)), context=embeddings),
        tokens=states[:, :, 1:],
        grid=patch_grid(model.config.vision_config),
    )


def encode_text(model: Any, tokens: Mapping[str, Tensor]) -> TextEncoding:
    """The Q-Former over text alone; its class token goes through the projection."""
    mask = tokens["attention_mask"]
    embedded = model.embeddings(input_ids=tokens["input_ids"])
    states = model.qformer(query_embeds=embedded, query_length=0, attention_mask=mask).last_hidden_state
    features = model.text_projection(states[:, 0])
    return TextEncoding(pooled=PooledText(embedding=unit(features), features=features), tokens=states, mask=mask.bool())


def encode_pairs(
    model: Any, pixels: Float[Tensor, "pairs frames 3 height width"], tokens: Mapping[str, Tensor]
) -> FusedEncoding:
    """The Q-Former over queries and text, the queries reading the frames.

    Pooled is the mean of the queries; the match is the log-odds of the matching head, averaged over the queries.
    """
    mask = tokens["attention_mask"]
    queries = model.query_tokens.expand(len(pixels), -1, -1)
    count = queries.shape[1]
    states = model.qformer(
        query_embeds=model.embeddings(input_ids=tokens["input_ids"], query_embeds=queries),
        query_length=count,
        attention_mask=torch.cat([mask.new_ones(len(mask), count), mask], dim=1),
        encoder_hidden_states=frame_states(model, pixels).flatten(1, 2),
    ).last_hidden_state
    scores = model.itm_head(states[:, :count]).mean(dim=1)
    return FusedEncoding(
        tokens=states[:, count:],
        mask=mask.bool(),
        pooled=states[:, :count].mean(dim=1),
        match=scores[:, 1] - scores[:, 0],
    )


def similarity(model: Any, text: PooledText, video: PooledVideo) -> Float[Tensor, "texts videos"]:
    """The cosine of a text with the query of a video that is nearest to it, over BLIP's temperature.

    Raises:
        HostError: if the videos come without their queries.
    """
    if video.context is None:
        raise HostError("BLIP-2 scores texts against each query of a video; expected PooledVideo.context, found None")
    cosines = torch.einsum("td,vqd->tvq", text.embedding, video.context)
    return cosines.amax(dim=-1) / TEMPERATURE


def project_text(model: Any, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
    """Each text token as the class token goes."""
    projected: Tensor = model.text_projection(tokens)
    return projected


def _check_tokenizer(tokenizer: Any, config: Any, name: str) -> None:
    """The Q-Former holds the words; ``text_config`` is that of a language model which these checkpoints lack."""
    check_vocabulary(tokenizer, config.qformer_config, name)


BLIP_2 = HostSpec(
    title="BLIP-2 over frames, retrieval: a Q-Former that reads all frames, with a joint space and a matching head",
    family="fusion encoder",
    classes=("Blip2ForImageTextRetrieval",),
    processor_files=True,
    reads=lambda model: {"text tokens": "qformer", "visual tokens": "vision_model", "fused tokens": "qformer"},
    encode_video=encode_video,
    encode_text=encode_text,
    encode_pairs=encode_pairs,
    similarity=similarity,
    project_text=project_text,
    temperature=temperature,
    loss="matching",
    frame_size=vision_size,
    text_length=lambda config: int(config.qformer_config.max_position_embeddings),
    check_tokenizer=_check_tokenizer,
)
