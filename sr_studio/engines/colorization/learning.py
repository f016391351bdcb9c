"""What a colorizer learns from, and what it is to make small."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.engines.colorization.prior import colour_prior
from sr_studio.engines.colorization.simulated_hints import HintChances, simulate_hints
from sr_studio.engines.training.pairs import Batch, StepBatches
from sr_studio.errors import InvalidRequest
from sr_studio.imaging.image_buffer import to_float
from sr_studio.imaging.lab import rgb_to_lab
from sr_studio.models.features._registry import load_features
from sr_studio.tensors.colour_bins import encode_soft, rebalancing_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sr_studio.engines.training.pairs import Pair
    from sr_studio.engines.training.schedule import TrainingSchedule
    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.jobs.control import JobContext

_SMALLEST_SHARE = 0.5  # of a picture's short side that a crop takes
_UNIT = 10.0  # of a and b, in which regression is measured: about that of the distribution's bins


@dataclass(frozen=True, slots=True)
class ColourLearning:
    """The table `[colour]` of a recipe.

    Attributes:
        regression: weight of the smooth L1 distance of the colour head, in steps of the bins.
        classification: weight of the cross-entropy of the distribution.
        rebalance: rare colours count more in the cross-entropy (equation 4 of the 2016 paper).
        backbone: classifier with whose weights the network's encoder starts; none where empty.
        worn: share of pictures whose lightness is faded or grainy, as in old prints.
        no_hints: see HintChances.none.
        many_hints: see HintChances.many.
    """

    regression: float = 1.0
    classification: float = 1.0
    rebalance: bool = True
    backbone: str = ""
    worn: float = 0.3
    no_hints: float = 0.2
    many_hints: float = 0.15

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> ColourLearning:
        """Read the table.

        Raises:
            ValueError: a part that it does not have, or a share outside 0 to 1.
        """
        if unknown := set(table) - {field.name for field in fields(cls)}:
            raise ValueError(f"{min(unknown)} is no part of [colour]")
        read = cls(**table)
        for name in ("worn", "no_hints", "many_hints"):
            if not 0 <= getattr(read, name) <= 1:
                raise ValueError(f"{name} is a share from 0 to 1, not {getattr(read, name)!r}")
        if min(read.regression, read.classification) < 0 or not (
            read.regression or read.classification
        ):
            raise ValueError("regression and classification are at least 0, and one is above it")
        return read


def start_encoder(network: nn.Module, backbone: str, context: JobContext) -> None:
    """Give a colorizer's encoder the weights of a trained classifier.

    Raises:
        InvalidRequest: the network has no such encoder, or there is no such classifier.
        WeightsError: its weights are not here.
    """
    trained = load_features(backbone, context)
    encoder = getattr(network, "encoder", None)
    if type(encoder) is not type(trained):
        raise InvalidRequest(
            f"The network's encoder is no {backbone}.", advice="Leave out backbone in [colour]."
        )
    encoder.load_state_dict(trained.state_dict())


class ColourBatches(StepBatches):
    """The batch of each step: batches[step] is always the same, whoever asks, in any order.

    Args:
        pictures: their `high_res` is taken.
        patch_px: side of a crop, to which a square of 0.5 to 1 of the picture's short side is
            brought.
        schedule: for its batch and seed.
        learning: for hints and worn pictures.
        rank: of this process, which gets only its own part of each batch.
        world_size: how many there are.
    """

    def __init__(
        self,
        pictures: Sequence[Pair],
        patch_px: int,
        schedule: TrainingSchedule,
        learning: ColourLearning,
        *,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self._pictures = pictures
        self._patch_px = patch_px
        self._schedule = schedule
        self._learning = learning
        self._rank = rank
        self._world_size = world_size

    @override
    def part(self, rank: int, world_size: int) -> ColourBatches:
        return ColourBatches(
            self._pictures,
            self._patch_px,
            self._schedule,
            self._learning,
            rank=rank,
            world_size=world_size,
        )

    @override
    def __getitem__(self, step: int) -> Batch:
        """Return low_res (B, 4, p, p): L, a, b and what is known; high_res (B, 2, p, p): a, b."""
        key = (self._schedule.seed, step)
        count = self._schedule.batch
        indices = np.random.default_rng(key).integers(len(self._pictures), size=count)
        packed = [
            self._sample(int(indices[number]), np.random.default_rng((*key, number)))
            for number in range(self._rank, count, self._world_size)
        ]
        seen, truth = (np.stack([each[side] for each in packed]) for side in (0, 1))
        return Batch(
            1,
            torch.from_numpy(seen).permute(0, 3, 1, 2),
            torch.from_numpy(truth).permute(0, 3, 1, 2),
        )

    def _sample(
        self, index: int, random: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        picture = self._pictures[index].high_res
        side = round(min(picture.shape[:2]) * random.uniform(_SMALLEST_SHARE, 1.0))
        top, left = (int(random.integers(length - side + 1)) for length in picture.shape[:2])
        crop = picture[top : top + side, left : left + side]
        if random.random() < 0.5:  # as often as not
            crop = crop[:, ::-1]
        lab = rgb_to_lab(_resized(crop, self._patch_px))
        lightness, ab = lab[..., :1], lab[..., 1:]
        if random.random() < self._learning.worn:
            lightness = _worn(lightness, random)
        chances = HintChances(self._learning.no_hints, self._learning.many_hints)
        hints = simulate_hints(ab, random, chances)
        return np.concatenate([lightness, hints], -1), ab


def _resized(crop: Pixels, side_px: int) -> NDArray[np.float32]:
    method = cv2.INTER_AREA if crop.shape[0] > side_px else cv2.INTER_LINEAR
    resized = cv2.resize(to_float(crop), (side_px, side_px), interpolation=method)
    return np.asarray(resized, np.float32)


def _worn(lightness: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Fade (H, W, 1) L and give it grain."""
    curve = np.exp(random.uniform(-0.35, 0.35))
    contrast = random.uniform(0.6, 1.0)
    black = random.uniform(0.0, 1 - contrast)
    grain = random.normal(0.0, random.uniform(0.0, 5.0), lightness.shape)
    faded: NDArray[np.float64] = 100 * (black + contrast * (lightness / 100) ** curve) + grain
    return np.clip(faded, 0, 100).astype(np.float32)


class ColourObjective(nn.Module):
    """The loss of both heads against the true colours, reduced to the size of each.

    Args:
        bins: (Q, 2) of the network.
        learning: for the weights.

    Attributes:
        last_terms: name -> weighted part of the last sum, without its graph.
    """

    def __init__(self, bins: Tensor, learning: ColourLearning) -> None:
        super().__init__()
        self.last_terms: dict[str, Tensor] = {}
        self._learning = learning
        self._bins = bins
        weights = torch.ones(len(bins), device=bins.device)
        if learning.rebalance:
            weights = rebalancing_weights(colour_prior(bins))
        self._weights = weights

    @override
    def forward(self, heads: tuple[Tensor, ...], truth: Tensor, _progress: float = 1.0) -> Tensor:
        """Return the weighted sum, a scalar.

        Args:
            heads: logits (B, Q, h, w), and colours (B, 2, h', w') in units of a and b.
            truth: (B, 2, H, W), units of a and b.
        """
        logits, ab = heads
        terms: dict[str, Tensor] = {}
        if self._learning.regression:
            distance = F.smooth_l1_loss(ab / _UNIT, _at_size_of(ab, truth) / _UNIT)
            terms["regression"] = self._learning.regression * distance
        if self._learning.classification:
            entropy = self._entropy(logits, _at_size_of(logits, truth))
            terms["classification"] = self._learning.classification * entropy
        self.last_terms = {name: term.detach() for name, term in terms.items()}
        return torch.stack(list(terms.values())).sum()

    def _entropy(self, logits: Tensor, truth: Tensor) -> Tensor:
        """Cross-entropy with the soft encoding of the truth, each pixel by its nearest bin."""
        indices, shares = encode_soft(truth.permute(0, 2, 3, 1), self._bins)  # (B, h, w, 5)
        log_shares = torch.log_softmax(logits, 1).gather(1, indices.permute(0, 3, 1, 2))
        each = -(shares.permute(0, 3, 1, 2) * log_shares).sum(1)
        return (each * self._weights[indices[..., 0]]).mean()


def _at_size_of(head: Tensor, truth: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(truth, (head.shape[2], head.shape[3]))
