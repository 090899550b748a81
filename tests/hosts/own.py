"""A model that is none of `transformers`: two small towers, as research code writes them, and recipes for it."""

import torch
from torch import nn

from finsta.shapes import Tensor
from finsta.transfer.hosts import FrameProcessor, Host, PlainTokenizer, Recipe, TokensAt, module_host
from tests.hosts.tiny import CAPTIONS, made

SIDE, PATCH, WIDTH, LENGTH = 16, 8, 24, 12
WORDS = sorted({word for caption in CAPTIONS for word in caption.split()})


def tokenize(texts: list[str]) -> Tensor:
    """Ids ``[texts, LENGTH]`` of words, 1 for those that are not known, 0 to fill up."""
    rows = [[WORDS.index(word) + 2 if word in WORDS else 1 for word in text.split()][:LENGTH] for text in texts]
    return torch.tensor([row + [0] * (LENGTH - len(row)) for row in rows])


class Blocks(nn.Module):
    """Two layers of attention over ``[tokens, batch, width]``, the order of older CLIPs."""

    def __init__(self) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(
            [nn.TransformerEncoderLayer(WIDTH, 2, 48, dropout=0.0, batch_first=False) for _ in range(2)]
        )

    def forward(self, tokens: Tensor, padding: Tensor | None = None) -> Tensor:
        for block in self.resblocks:
            tokens = block(tokens, src_key_padding_mask=padding)
        return tokens


class TwoTowers(nn.Module):
    """CLIP4Clip in small: frames on their own with a class token, texts pooled over words, one joint space."""

    def __init__(self) -> None:
        super().__init__()
        self.visual = nn.ModuleDict(
            {"patches": nn.Conv2d(3, WIDTH, PATCH, PATCH), "blocks": Blocks(), "norm": nn.LayerNorm(WIDTH)}
        )
        self.class_token = nn.Parameter(torch.randn(WIDTH) * 0.1)
        self.places = nn.Parameter(torch.randn(5, 1, WIDTH) * 0.1)
        self.words = nn.Embedding(len(WORDS) + 2, WIDTH)
        self.order = nn.Parameter(torch.randn(LENGTH, 1, WIDTH))
        self.text = Blocks()
        self.joint = nn.ModuleDict({"visual": nn.Linear(WIDTH, 16), "text": nn.Linear(WIDTH, 16)})
        self.logit_scale = nn.Parameter(torch.tensor(2.0))
        self.cross = nn.TransformerDecoderLayer(WIDTH, 2, 48, dropout=0.0, batch_first=True)

    def frames(self, pixels: Tensor) -> Tensor:
        """``[frames, 16]`` of ``[frames, 3, SIDE, SIDE]``."""
        patches = self.visual["patches"](pixels).flatten(2).permute(2, 0, 1)  # [P, B, d]
        tokens = torch.cat([self.class_token.expand(1, len(pixels), -1), patches]) + self.places
        return self.joint["visual"](self.visual["norm"](self.visual["blocks"](tokens)[0]))

    def video(self, pixels: Tensor) -> Tensor:
        """``[videos, 16]``: the mean over frames."""
        return self.frames(pixels.flatten(0, 1)).unflatten(0, pixels.shape[:2]).mean(1)

    def sentence(self, ids: Tensor) -> Tensor:
        """``[texts, 16]``: the mean over words."""
        real = (ids > 0).float()
        states = self.text(self.words(ids).transpose(0, 1) + self.order, ids == 0).transpose(0, 1)
        return self.joint["text"]((states * real[..., None]).sum(1) / real.sum(1, keepdim=True).clamp_min(1))

    def pairs(self, pixels: Tensor, ids: Tensor) -> Tensor:
        """``[pairs, d]``: words that look at the patches of the first frame."""
        patches = self.visual["patches"](pixels[:, 0]).flatten(2).transpose(1, 2)
        return self.cross(self.words(ids), patches).mean(1)


RECIPE = Recipe(
    title="two small towers",
    encode_video=lambda model, pixels: model.video(pixels),
    visual=TokensAt(module="visual.blocks", leading=1, order="tokens first"),
    grid=(SIDE // PATCH, SIDE // PATCH),
    encode_text=lambda model, tokens: model.sentence(tokens["input_ids"]),
    text=TokensAt(module="text", order="tokens first"),
    temperature=lambda model: 1 / model.logit_scale.exp(),
    project_visual=lambda model, tokens: model.joint["visual"](model.visual["norm"](tokens)),
    project_text=lambda model, tokens: model.joint["text"](tokens),
)


def two_towers(recipe: Recipe = RECIPE) -> Host:
    """A host of them, two frames a clip."""
    return module_host(
        made(TwoTowers).eval(),
        recipe,
        tokenizer=PlainTokenizer(tokenize),
        image_processor=FrameProcessor.of_size(SIDE, SIDE, mean=[0.5] * 3, deviation=[0.5] * 3),
        num_frames=2,
    )
