"""Tokenizers of the classes that hosts use, with the words of the captions and single letters."""

import json
from typing import Any

from tests.hosts.tiny import CAPTIONS

WORDS = sorted({word for caption in CAPTIONS for word in caption.split()})
LETTERS = [chr(code) for code in range(ord("a"), ord("z") + 1)]


def pieces() -> list[tuple[str, float]]:
    """Words and letters with the mark of a word's beginning, with log-probabilities: what unigram models want."""
    return [
        *((f"▁{word}", -1.0) for word in WORDS),
        ("▁", -3.0),
        *((letter, -8.0) for letter in [*LETTERS, *"0123456789.,!?'-"]),
    ]


def roberta() -> Any:
    """Of XLM-RoBERTa's class and layout: start, padding, end, unknown first."""
    from transformers import XLMRobertaTokenizer

    special = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    return XLMRobertaTokenizer(vocab=[*special, *pieces(), ("<mask>", 0.0)], model_max_length=64)


def bert() -> Any:
    """Of BERT's class and layout."""
    from transformers import BertTokenizer

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    known = [*special, *WORDS, *(letter for letter in LETTERS if letter not in WORDS), *(f"##{a}" for a in LETTERS)]
    return BertTokenizer(vocab={word: index for index, word in enumerate(known)}, model_max_length=64)


def t5(token_class: type[Any]) -> Any:
    """Of T5's layout: padding, end, unknown first."""
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    return token_class(vocab=[*special, *pieces()], extra_ids=0, model_max_length=64)


def gemma(token_class: type[Any], **settings: Any) -> Any:
    """Of Gemma's layout: byte pairs learned from the captions, spaces as marks."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    learner = Tokenizer(models.BPE())
    learner.normalizer = normalizers.Replace(" ", "▁")
    learner.pre_tokenizer = pre_tokenizers.Split("▁", behavior="merged_with_previous")
    trainer = trainers.BpeTrainer(
        vocab_size=160,
        show_progress=False,
        special_tokens=["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"],
        initial_alphabet=[*LETTERS, "▁"],
    )
    learner.train_from_iterator(CAPTIONS, trainer)
    model = json.loads(learner.to_str())["model"]
    merges = [tuple(merge) for merge in model["merges"]]
    return token_class(vocab=model["vocab"], merges=merges, model_max_length=64, padding_side="right", **settings)


def llama() -> Any:
    """Of Llama's class and layout, padded on the left, with the placeholders of LLaVA models."""
    from transformers import LlamaTokenizer

    special = ["<unk>", "<s>", "</s>", "<pad>", *(f"<0x{byte:02X}>" for byte in range(256))]
    known = [*special, "▁", *LETTERS, *(f"▁{word}" for word in WORDS if len(word) == 1)]
    return LlamaTokenizer(
        vocab={word: index for index, word in enumerate(known)},
        merges=[("▁", word) for word in WORDS if len(word) == 1],
        pad_token="<pad>",
        extra_special_tokens={"image_token": "<image>", "video_token": "<video>"},
        add_bos_token=True,
        model_max_length=2048,
    )


def qwen(
    *,
    image: str = "<|image_pad|>",
    video: str = "<|video_pad|>",
    end: str = "<|im_end|>",
    start: str | None = None,
    **more: str,
) -> Any:
    """Of Qwen2's class and layout: bytes, merges learned from the captions, chat tokens; the placeholders by name."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import Qwen2Tokenizer

    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=300, show_progress=False, initial_alphabet=alphabet)
    learner.train_from_iterator(CAPTIONS, trainer)
    merges = [tuple(merge) for merge in json.loads(learner.to_str())["model"]["merges"]]
    known = [*alphabet, *dict.fromkeys("".join(merge) for merge in merges)]
    chat = ["<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>"]
    return Qwen2Tokenizer(
        vocab={word: index for index, word in enumerate(known)},
        merges=merges,
        eos_token=end,
        bos_token=start,
        extra_special_tokens={
            **{f"{name}_token": token for name, token in {"image": image, "video": video, **more}.items()},
            **{f"chat_{place}": token for place, token in enumerate(chat)},
        },
        model_max_length=2048,
    )
