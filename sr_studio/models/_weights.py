"""Finds, brings, checks and loads the weights of every network."""

from __future__ import annotations

import difflib
import hashlib
import itertools
import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from safetensors.torch import save

from sr_studio.errors import InvalidRequest, OutputExists, WeightsError
from sr_studio.imaging.atomic_file import atomic_file
from sr_studio.models._bare_network import bare_networks
from sr_studio.models._community import (
    COMMUNITY_PREFIX,
    build_community_network,
    community_spec,
)
from sr_studio.models._download import SHORTEST_SUM, download_file
from sr_studio.models._download_lock import only_download_of
from sr_studio.models._model_card import ModelCard, read_card
from sr_studio.models._ncnn import is_ncnn
from sr_studio.models._recognition import (
    UnknownNetwork,
    check_scale,
    converts_of,
    join_scales,
    recognise,
    refuse_weights,
)
from sr_studio.models._registry import all_models
from sr_studio.models._weight_entry import (
    WeightEntry,
    card_of_source,
    card_or_none,
    entry_of_card,
    entry_of_source,
    how_to_get_own,
)
from sr_studio.models._weight_files import fill_network, read_tensors, sha256_of
from sr_studio.resource_files import data_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from torch import Tensor, nn

    from sr_studio.jobs.control import JobContext
    from sr_studio.models._spec import ModelSpec, WeightSource


class WeightStore:
    """All weights: those that ship, those inside other packages, and the user's data folder.

    Args:
        folder: of downloaded and imported weights; by default in the user's data folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = data_folder() / "weights" if folder is None else folder

    def specs(self) -> dict[str, ModelSpec]:
        """Return id -> network for whole pictures: the program's, then the user's imported ones."""
        return {id_: spec for id_, spec in self._all_specs().items() if spec.task != "inpaint"}

    def hole_fillers(self) -> dict[str, ModelSpec]:
        """Return id -> network that fills holes, all of them imported."""
        return {id_: spec for id_, spec in self._all_specs().items() if spec.task == "inpaint"}

    def colorizers(self) -> dict[str, ModelSpec]:
        """Return id -> network that colours gray pictures."""
        return {id_: spec for id_, spec in self._all_specs().items() if spec.task == "colorize"}

    def count_parameters(self, spec: ModelSpec) -> int:
        """Count what the published count is of, without memory; imported networks say theirs."""
        if spec.id.startswith(COMMUNITY_PREFIX):
            return spec.published_parameters[spec.counted_scale]
        with bare_networks():
            return spec.count_parameters(spec.build(spec.counted_scale))

    def entries(self, spec: ModelSpec | None = None) -> tuple[WeightEntry, ...]:
        """Return the weights of `spec`, best first, or of every network.

        What the user brought comes before what ships: it was brought to be used.
        """
        specs = self._all_specs().values() if spec is None else (spec,)
        cards = self._cards()
        found: list[WeightEntry] = []
        for each in specs:
            own = [entry_of_source(each, source, self._folder) for source in each.weights]
            published = {source.id for source in each.weights}
            own += [
                entry_of_card(card, path)
                for card, path in cards
                if card.model == each.id and card.id not in published
            ]
            found += sorted(own, key=lambda entry: entry.origin == "shipped")
        return tuple(found)

    def find(self, weight_id: str) -> WeightEntry:
        """Return the weights of that id.

        Raises:
            InvalidRequest: there are none.
        """
        entries = {entry.id: entry for entry in self.entries()}
        if weight_id not in entries:
            near = difflib.get_close_matches(weight_id, entries, n=3)
            raise InvalidRequest(
                f"There are no weights {weight_id!r}.",
                advice=f"Did you mean {', '.join(near)}?"
                if near
                else "See: sr-studio weights list",
            )
        return entries[weight_id]

    def load(self, spec: ModelSpec, scale: int, weight_id: str | None = None) -> nn.Module:
        """Return the network with its weights: fp32, on the CPU, in eval mode, without gradients.

        Args:
            spec: the network.
            scale: one of `spec.scales`.
            weight_id: which weights; the best that are on this machine where None.

        Raises:
            WeightsError: none are here (the advice says how to get them), or they are damaged.
            InvalidRequest: the network has no such scale, or there are no such weights.
        """
        entry, path = self._choose(spec, scale, weight_id)
        if entry.origin != "installed":
            _check_sum(entry.id, path)
        if spec.id.startswith(COMMUNITY_PREFIX):
            return spec.build(scale)
        return _filled(spec, scale, read_tensors(path), entry.id, is_ordered=is_ncnn(path))

    def verify(self, weight_id: str) -> WeightEntry:
        """Check the checksum, and that the weights fit their network at every scale.

        Raises:
            WeightsError: they are not here, or damaged.
        """
        entry = self.find(weight_id)
        for scale in entry.scales:
            self.load(self._all_specs()[entry.model_id], scale, weight_id)
        return entry

    def download(
        self, weight_id: str, context: JobContext, *, mirror: str | None = None
    ) -> WeightEntry:
        """Fetch published weights into the data folder, resuming an unfinished download.

        Args:
            weight_id: what is here already and sound is returned as it is.
            context: progress and cancel.
            mirror: base address of a copy of the published files, instead of their own.

        Raises:
            WeightsError: no connection, wrong checksum, no space, or no weights in the file.
            InvalidRequest: there are no such weights, or they cannot be downloaded.
        """
        entry = self.find(weight_id)
        spec = self._all_specs()[entry.model_id]
        source = next((each for each in spec.weights if each.id == weight_id), None)
        if source is None or source.origin != "downloadable":
            if entry.path is not None:
                return self.verify(weight_id)
            raise InvalidRequest(f"{weight_id} cannot be downloaded.", advice=entry.advice)
        if entry.path is not None:
            with suppress(WeightsError):  # damaged: fetch it again
                return self.verify(weight_id)
        url = f"{mirror.rstrip('/')}/{source.file}" if mirror is not None else source.url
        part = self._folder / f"{source.id}.part"
        self._make_folder()
        with only_download_of(part):
            download_file(url, part, sha256=source.sha256, size=source.bytes, context=context)
            self._keep_zoo_network(read_tensors(part), spec, card_of_source(spec, source))
            part.unlink()
        return self.find(weight_id)

    def import_file(
        self,
        path: Path,
        model_id: str | None = None,
        scale: int | None = None,
        weight_id: str | None = None,
    ) -> WeightEntry:
        """Bring the user's own file into the data folder, and find out what it is for.

        A published file is recognised by its checksum; any other by the names and shapes of its
        tensors. One that fits no network of the program is tried as one of the community.

        Args:
            path: of any format that `read_tensors` reads.
            model_id: the network; only needed where several fit.
            scale: what it was trained for; only needed where the tensors are alike at several.
            weight_id: what to call it; by default the file's name.

        Raises:
            WeightsError: the file holds no weights, or they fit no network.
            InvalidRequest: several networks or scales fit; network or scale are unknown, or not
                those of a published file.
            OutputExists: the id is taken.
        """
        try:
            checksum = sha256_of(path)
        except OSError as error:
            raise WeightsError(
                f"{path} cannot be read: {error.strerror}.",
                advice="Check that it is a file and that you may read it.",
            ) from error
        is_ordered = is_ncnn(path)
        if published := _published_as(checksum):
            spec, source = published
            _check_claims(path, spec, source, (model_id, scale, weight_id))
            card = card_of_source(spec, source)
            self._keep_zoo_network(read_tensors(path), spec, card, is_ordered=is_ordered)
            return self._imported(source.id, spec, "by its checksum: a published file")
        tensors = read_tensors(path)
        card = self._new_card(path, weight_id)
        try:
            found = recognise(
                tensors,
                is_ordered=is_ordered,
                file_name=path.name,
                model_id=model_id,
                scale=scale,
            )
        except UnknownNetwork:
            if model_id is not None or is_ordered:
                raise
            return self._import_community_network(tensors, card, scale)
        card = replace(card, model=found.spec.id, scales=found.scales)
        self._keep_zoo_network(tensors, found.spec, card, is_ordered=is_ordered)
        by = "by the names and shapes of its tensors" if found.is_by_tensors else "as you said"
        return self._imported(card.id, found.spec, by)

    def keep_trained(
        self, path: Path, spec: ModelSpec, scale: int, *, trained_on: str
    ) -> WeightEntry:
        """Bring weights that were trained here into the data folder, under a name of their own.

        Raises:
            WeightsError: they do not fit the network.
        """
        taken = {entry.id for entry in self.entries()}
        names = (f"{spec.id}-x{scale}-own-{number}" for number in itertools.count(1))
        name = next(name for name in names if name not in taken)
        card = ModelCard(name, spec.id, (scale,), "", "trained here", "none stated", trained_on, {})
        self._keep_zoo_network(read_tensors(path), spec, card)
        return self.find(name)

    def _import_community_network(
        self, tensors: Mapping[str, Tensor], card: ModelCard, scale: int | None
    ) -> WeightEntry:
        network = build_community_network(tensors, card.source)
        card = replace(
            card,
            model=COMMUNITY_PREFIX + card.id,
            scales=(network.scale,),
            community=network.facts,
        )
        if scale not in (None, network.scale):
            raise InvalidRequest(
                f"{card.source} is {network.facts.architecture} x{network.scale}.",
                advice="Leave off --scale.",
            )
        self._write(tensors, card)
        return self._imported(card.id, self._all_specs()[card.model], "by spandrel")

    def _imported(self, weight_id: str, spec: ModelSpec, by: str) -> WeightEntry:
        entry = self.find(weight_id)
        return replace(entry, found=f"{spec.title} {join_scales(entry.scales)}, recognised {by}")

    def _new_card(self, path: Path, weight_id: str | None) -> ModelCard:
        """Return a card on which network and scales are still missing."""
        card = ModelCard(
            id=weight_id or re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()),
            model="",
            scales=(),
            sha256="",
            source=path.name,
            licence="none stated",
            trained_on="",
            set5_psnr={},
        )
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", card.id):
            raise InvalidRequest(
                f"{card.id!r} cannot be the id of weights.",
                advice="Use --id with small letters, digits, dots and dashes.",
            )
        if any(entry.id == card.id for entry in self.entries()):
            raise OutputExists(
                f"There are weights {card.id} already.", advice="Choose another name with --id."
            )
        return card

    def _all_specs(self) -> dict[str, ModelSpec]:
        imported = {
            card.model: community_spec(card, card.community, path)
            for card, path in self._cards()
            if card.community is not None and card.model.startswith(COMMUNITY_PREFIX)
        }
        return {**all_models(), **imported}

    def _cards(self) -> Sequence[tuple[ModelCard, Path]]:
        """Return the cards of the data folder with their weight files; damaged ones are left out."""
        paths = sorted(self._folder.glob("*.json"))
        cards = ((card_or_none(path), path.with_suffix(".safetensors")) for path in paths)
        return [(card, path) for card, path in cards if card]

    def _choose(
        self, spec: ModelSpec, scale: int, weight_id: str | None
    ) -> tuple[WeightEntry, Path]:
        check_scale(spec, scale)
        refuse_weights(spec)
        if weight_id is not None and self.find(weight_id).model_id != spec.id:
            raise InvalidRequest(
                f"The weights {weight_id} are not for {spec.title}.",
                advice="See: sr-studio models",
            )
        fitting = [
            entry
            for entry in self.entries(spec)
            if scale in entry.scales and weight_id in (None, entry.id)
        ]
        for entry in fitting:
            if entry.path is not None:
                return entry, entry.path
        raise WeightsError(
            f"No weights of {spec.title} x{scale} are on this machine.",
            advice=fitting[0].advice if fitting else how_to_get_own(spec, scale),
        )

    def _keep_zoo_network(
        self,
        tensors: Mapping[str, Tensor],
        spec: ModelSpec,
        card: ModelCard,
        *,
        is_ordered: bool = False,
    ) -> None:
        """Check that `tensors` fit at every scale of the card, and keep them as the network's."""
        networks = [
            _filled(spec, scale, tensors, card.id, is_ordered=is_ordered) for scale in card.scales
        ]
        self._write(networks[0].state_dict(), card)

    def _write(self, tensors: Mapping[str, Tensor], card: ModelCard) -> None:
        """Store `tensors` as safetensors in the data folder, with their card."""
        # safetensors refuses tensors that share their numbers
        data = save({name: tensor.contiguous().clone() for name, tensor in tensors.items()})
        card = replace(card, sha256=hashlib.sha256(data).hexdigest())
        self._make_folder()
        with atomic_file(self._folder / f"{card.id}.safetensors", overwrite=True) as target:
            target.write_bytes(data)
        with atomic_file(self._folder / f"{card.id}.json", overwrite=True) as target:
            target.write_text(card.to_json(), "utf-8")

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WeightsError(
                f"The folder {self._folder} cannot be made: {error.strerror}.",
                advice="Set SR_STUDIO_HOME to a folder that you may write into.",
            ) from error


def _published_as(checksum: str) -> tuple[ModelSpec, WeightSource] | None:
    """Return the published file with that sha256; its author may have stated the first digits."""
    for spec in all_models().values():
        for source in spec.weights:
            stated = source.sha256.lower()
            if len(stated) >= SHORTEST_SUM and checksum.startswith(stated):
                return spec, source
    return None


def _filled(
    spec: ModelSpec, scale: int, tensors: Mapping[str, Tensor], label: str, *, is_ordered: bool
) -> nn.Module:
    network = spec.build(scale)
    fill_network(network, tensors, label=label, is_ordered=is_ordered, converts=converts_of(spec))
    return network.eval().requires_grad_(requires_grad=False)


def _check_sum(weight_id: str, path: Path) -> None:
    """Compare the file with its card: a flipped bit would give a wrong picture, not an error."""
    if sha256_of(path) != read_card(path.with_suffix(".json")).sha256:
        raise WeightsError(
            f"The weights {weight_id} are damaged: their checksum differs.",
            advice="Download or import them again; if they came with SR Studio, install it again.",
        )


def _check_claims(
    path: Path,
    spec: ModelSpec,
    source: WeightSource,
    claims: tuple[str | None, int | None, str | None],
) -> None:
    """Refuse a network, scale or id that a published file contradicts."""
    model_id, scale, weight_id = claims
    fits = (
        model_id in (None, spec.id)
        and (scale is None or scale in source.scales)
        and weight_id in (None, source.id)
    )
    if not fits:
        scales = ", ".join(f"x{each}" for each in source.scales)
        raise InvalidRequest(
            f"{path.name} is the published file {source.id}: {spec.title} {scales}.",
            advice="Leave off --model, --scale and --id.",
        )
