"""Families whose towers and heads have CLIP's names, and other text encoders: MetaCLIP 2, AltCLIP, Chinese-CLIP."""

from typing import Any

from finsta.transfer.hosts.clip import clip_like
from finsta.transfer.hosts.pieces import check_vocabulary, text_positions


def roberta_positions(config: Any) -> int:
    """RoBERTa counts positions from the one after its padding token's id."""
    return text_positions(config) - int(config.text_config.pad_token_id) - 1


# Texts end with XLM-RoBERTa's `</s>`, at whose first occurrence the tower pools; padding comes after it.
METACLIP_2 = clip_like(
    "MetaCLIP 2 over frames, mean-pooled: CLIP with the words of many languages",
    classes=("MetaClip2Model",),
    processor="CLIPProcessor",
)

# Both pool at the first token, so nothing depends on how texts end.
ALTCLIP = clip_like(
    "AltCLIP over frames, mean-pooled: CLIP's vision tower beside XLM-RoBERTa",
    classes=("AltCLIPModel",),
    processor="AltCLIPProcessor",
    text_length=roberta_positions,
    check_tokenizer=check_vocabulary,
)
CHINESE_CLIP = clip_like(
    "Chinese-CLIP over frames, mean-pooled: CLIP's vision tower beside BERT",
    classes=("ChineseCLIPModel",),
    processor="ChineseCLIPProcessor",
    check_tokenizer=check_vocabulary,
)
