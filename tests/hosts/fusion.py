"""Tiny fusion and generative encoders."""

import tempfile
from typing import Any

import torch

from finsta.transfer.hosts import Host
from finsta.transfer.hosts.processor_files import ProcessorFiles
from tests.hosts import tokenizers
from tests.hosts.tiny import TinyHost, clips, made, texts

FRAMES, SIDE, PATCH, WIDTH = 3, 16, 8, 32
TOWER = {"hidden_size": WIDTH, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
VISION = {**TOWER, "image_size": SIDE, "patch_size": PATCH}


def host(model: Any, tokenizer: Any, image_processor: Any, *, frames: int = FRAMES) -> Host:
    """A host named by its class."""
    name = f"tiny-{type(model).__name__}"
    return Host(model=model.eval(), tokenizer=tokenizer, image_processor=image_processor, name=name, num_frames=frames)


def byte_pairs() -> Any:
    """Of RoBERTa's class and layout: single bytes, and what BridgeTower's tokenizer marks spaces with."""
    from tokenizers import pre_tokenizers
    from transformers import RobertaTokenizer

    known = ["<s>", "<pad>", "</s>", "<unk>", *sorted(pre_tokenizers.ByteLevel.alphabet()), "Ġt", "Ġa", "<mask>"]
    vocabulary = {token: index for index, token in enumerate(known)}
    return RobertaTokenizer(vocab=vocabulary, merges=[("Ġ", "t"), ("Ġ", "a")], model_max_length=64)


def blip(kind: str) -> Host:
    """Three frames of 2 × 2 patches; the decoder starts with a token that the tokenizer does not have."""
    import transformers

    tokenizer = tokenizers.bert()
    text = {**TOWER, "vocab_size": len(tokenizer) + 2, "max_position_embeddings": 24, "bos_token_id": len(tokenizer)}
    text |= {"sep_token_id": tokenizer.sep_token_id, "eos_token_id": tokenizer.sep_token_id, "pad_token_id": 0}
    config = transformers.BlipConfig(
        text_config=text, vision_config={**VISION, "initializer_range": 0.02}, image_text_hidden_size=24
    )
    processor = transformers.BlipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    return host(made(lambda: getattr(transformers, kind)(config)), tokenizer, processor)


def blip_2() -> Host:
    """Three frames of 2 × 2 patches, three queries; the language model of its config is not there."""
    import transformers

    tokenizer, queries = tokenizers.bert(), 3
    image_processor = transformers.BlipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    processor = transformers.Blip2Processor(image_processor, tokenizer, num_query_tokens=queries)
    qformer = {**TOWER, "vocab_size": len(tokenizer), "max_position_embeddings": 24, "use_qformer_text_input": True}
    qformer |= {"initializer_range": 0.2}  # with less, so small a text hardly notices the queries
    config = transformers.Blip2Config(
        vision_config={**VISION, "hidden_size": 24, "initializer_range": 0.02},
        qformer_config=qformer,
        text_config={"model_type": "opt", "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1},
        num_query_tokens=queries,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_text_hidden_size=24,
    )

    def make() -> Any:
        model = transformers.Blip2ForImageTextRetrieval(config)
        torch.nn.init.normal_(model.query_tokens)  # zeros, which a config gives, would make all queries one
        return model

    found = host(made(make), tokenizer, image_processor)
    with tempfile.TemporaryDirectory() as folder:
        processor.save_pretrained(folder)
        found.processor = ProcessorFiles.read(folder)
    return found


def git(temporal: int | None) -> Host:
    """Frames of 2 × 2 patches with as many temporal embeddings, or a model of pictures."""
    import transformers

    tokenizer = tokenizers.bert()
    special = {"bos_token_id": tokenizer.cls_token_id, "eos_token_id": tokenizer.sep_token_id, "pad_token_id": 0}
    config = transformers.GitConfig(
        **TOWER,
        **special,
        vision_config=VISION,
        vocab_size=len(tokenizer),
        max_position_embeddings=24,
        num_image_with_embedding=temporal,
    )

    def make() -> Any:
        model = transformers.GitForCausalLM(config)
        for embedding in model.git.img_temporal_embedding if temporal else ():
            torch.nn.init.normal_(embedding)  # zeros, where training starts, would hide a mistake
        return model

    # checkpoints of videos come with the image processor of VideoMAE, those of pictures with that of CLIP
    kind = transformers.VideoMAEImageProcessorPil if temporal else transformers.CLIPImageProcessorPil
    processor = kind(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    return host(made(make), tokenizer, processor, frames=temporal or 1)


def flava(kind: str) -> Host:
    """Three frames of 2 × 2 patches; the codebook of the pre-training model as small as it can be."""
    import transformers

    tokenizer = tokenizers.bert()
    config = transformers.FlavaConfig(
        text_config={**TOWER, "vocab_size": len(tokenizer), "max_position_embeddings": 24},
        image_config={**VISION, "vocab_size": 8},
        multimodal_config=TOWER,
        image_codebook_config={"hidden_size": 4, "num_blocks_per_group": 1, "vocab_size": 8},
        hidden_size=WIDTH,
        projection_dim=24,
    )
    size = {"height": SIDE, "width": SIDE}
    processor = transformers.FlavaImageProcessorPil(
        size=size, crop_size=size, codebook_size={"height": 8, "width": 8}, codebook_crop_size={"height": 8, "width": 8}
    )
    return host(made(lambda: getattr(transformers, kind)(config)), tokenizer, processor)


def bridgetower(kind: str) -> Host:
    """Three frames of 2 × 2 patches; two cross-modal layers over towers of three."""
    import transformers

    tokenizer = byte_pairs()
    # heads of its vision tower are 64 wide, and the contrastive head wants both towers of one width
    tower = {"hidden_size": 64, "num_hidden_layers": 3}
    text = {**tower, "vocab_size": len(tokenizer), "max_position_embeddings": 26, "num_attention_heads": 2}
    special = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("pad", "bos", "eos")}
    config = transformers.BridgeTowerConfig(
        text_config={**text, **special, "intermediate_size": 64},
        vision_config={**tower, "image_size": SIDE, "patch_size": PATCH},
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        contrastive_hidden_size=24,
        logit_scale_init_value=2.0,
    )
    processor = transformers.BridgeTowerImageProcessorPil(
        size={"shortest_edge": SIDE}, crop_size={"shortest_edge": SIDE}, size_divisor=8
    )
    return host(made(lambda: getattr(transformers, kind)(config)), tokenizer, processor)


def first_frames(host: Host) -> dict[str, Any]:
    """First frames of clips as pictures, and texts."""
    return {"pixel_values": clips(host)[:, 0], **texts(host)}


def answered(host: Host) -> dict[str, Any]:
    """First frames, questions, and answers that start as the decoder starts."""
    call = first_frames(host)
    answers = call["input_ids"].clone()
    answers[:, 0] = host.config.text_config.bos_token_id
    return {**call, "decoder_input_ids": answers, "decoder_attention_mask": call["attention_mask"]}


def behind_queries(host: Host) -> dict[str, Any]:
    """First frames, and texts behind the places of the queries, as the processor of BLIP-2 lays them out."""
    call = first_frames(host)
    places = torch.full((len(call["input_ids"]), host.config.num_query_tokens), host.config.image_token_index)
    call["input_ids"] = torch.cat([places, call["input_ids"]], 1)
    call["attention_mask"] = torch.cat([torch.ones_like(places), call["attention_mask"]], 1)
    return call


def told(host: Host) -> dict[str, Any]:
    """Whole clips, and texts."""
    return {"pixel_values": clips(host), **texts(host)}


def judged(host: Host) -> dict[str, Any]:
    """First frames and texts, of which FLAVA can compute no masked losses."""
    return {
        **first_frames(host),
        "return_loss": torch.tensor(False),
        "skip_unmasked_multimodal_encoder": torch.tensor(False),
    }


TINY: dict[str, TinyHost] = {
    "blip": TinyHost(build=lambda: blip("BlipForConditionalGeneration"), call=first_frames),
    "blip:retrieval": TinyHost(build=lambda: blip("BlipForImageTextRetrieval"), call=first_frames),
    "blip:answers": TinyHost(build=lambda: blip("BlipForQuestionAnswering"), call=answered),
    "blip-2": TinyHost(build=blip_2, call=behind_queries),
    "bridgetower": TinyHost(build=lambda: bridgetower("BridgeTowerForContrastiveLearning"), call=first_frames),
    "bridgetower:matching": TinyHost(
        build=lambda: bridgetower("BridgeTowerForImageAndTextRetrieval"), call=first_frames
    ),
    "bridgetower:words": TinyHost(build=lambda: bridgetower("BridgeTowerForMaskedLM"), call=first_frames),
    "bridgetower:plain": TinyHost(build=lambda: bridgetower("BridgeTowerModel"), call=first_frames),
    "flava": TinyHost(build=lambda: flava("FlavaForPreTraining"), call=judged),
    "flava:plain": TinyHost(build=lambda: flava("FlavaModel"), call=first_frames),
    "git": TinyHost(build=lambda: git(FRAMES), call=told),
    "git:picture": TinyHost(build=lambda: git(None), call=first_frames),
}
