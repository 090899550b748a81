"""A model with the names, orders and methods of OpenCLIP's, in small: docs/hosts.md has its recipe."""

import torch
from torch import nn
from torch.nn import functional

from finsta.shapes import Tensor

WIDTH, SIDE, PATCH = 16, 224, 32


class Transformer(nn.Module):
    """Layers of attention, batch first."""

    def __init__(self) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(
            [nn.TransformerEncoderLayer(WIDTH, 2, 32, dropout=0.0, batch_first=True) for _ in range(2)]
        )

    def forward(self, tokens: Tensor) -> Tensor:
        for block in self.resblocks:
            tokens = block(tokens)
        return tokens


class VisionTransformer(nn.Module):
    """Patches and a class token, pooled at the class token."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTH, PATCH, PATCH, bias=False)
        self.class_embedding = nn.Parameter(torch.randn(WIDTH))
        self.positional_embedding = nn.Parameter(0.1 * torch.randn((SIDE // PATCH) ** 2 + 1, WIDTH))
        self.transformer = Transformer()
        self.ln_post = nn.LayerNorm(WIDTH)
        self.proj = nn.Parameter(torch.randn(WIDTH, 8) / 4)

    def forward(self, pixels: Tensor) -> Tensor:
        patches = self.conv1(pixels).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.class_embedding.expand(len(pixels), 1, -1), patches], dim=1)
        return self.ln_post(self.transformer(tokens + self.positional_embedding)[:, 0]) @ self.proj


class CLIP(nn.Module):
    """Two towers in one joint space."""

    def __init__(self) -> None:
        super().__init__()
        self.visual = VisionTransformer()
        self.token_embedding = nn.Embedding(300, WIDTH)
        self.transformer = Transformer()
        self.ln_final = nn.LayerNorm(WIDTH)
        self.text_projection = nn.Parameter(torch.randn(WIDTH, 8) / 4)
        self.logit_scale = nn.Parameter(torch.tensor(2.6))

    def encode_image(self, pixels: Tensor, normalize: bool = False) -> Tensor:
        features = self.visual(pixels)
        return functional.normalize(features, dim=-1) if normalize else features

    def encode_text(self, ids: Tensor, normalize: bool = False) -> Tensor:
        states = self.ln_final(self.transformer(self.token_embedding(ids)))
        features = states[torch.arange(len(ids)), ids.argmax(dim=-1)] @ self.text_projection
        return functional.normalize(features, dim=-1) if normalize else features


def tokenize(texts: list[str]) -> Tensor:
    """Start, bytes, end, filled up with zeros to 77."""
    rows = [[298, *(1 + byte for byte in text.encode()[:75]), 299] for text in texts]
    return torch.tensor([row + [0] * (77 - len(row)) for row in rows])
