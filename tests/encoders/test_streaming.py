from dataclasses import replace

import pytest
import torch

from finsta.encoders import StreamingEncoder, chunks
from finsta.errors import InputError
from finsta.graphs.batch import HolisticBatch
from finsta.graphs.collate import holistic_batch
from finsta.graphs.holistic import HolisticSceneGraph
from tests.encoders.setup import TINY, doubled_holistic, encoder, features
from tests.graph_samples import empty_holistic_graph, sample_batch, sample_text_graph, tracks_graph

both = pytest.mark.parametrize("recurrence", ["sequential", "scan"])


def streamed(module, batch: HolisticBatch, key_frames: int):
    """The states of video and union, put together from the chunks; every node must come exactly once."""
    text, video = features(batch)
    stream, state = StreamingEncoder(module), None
    found = {"video": torch.full((batch.video.num_nodes, TINY.width), torch.nan, dtype=torch.float64)}
    found["union"] = torch.full((batch.union.num_nodes, TINY.width), torch.nan, dtype=torch.float64)
    for chunk in chunks(batch, text, video, key_frames=key_frames):
        out, state = stream(chunk, state)
        for part, nodes in (("video", chunk.video_nodes), ("union", chunk.union_nodes)):
            assert found[part][nodes].isnan().all()
            found[part][nodes] = getattr(out, part).detach()
    return found, out, state


@both
@pytest.mark.parametrize("key_frames", [1, 2, 5, 100])
def test_a_video_in_chunks_gives_what_the_whole_gives(recurrence, key_frames):
    batch = doubled_holistic(sample_batch(2, frames=9, tracks=4))
    module = encoder(replace(TINY, recurrence=recurrence))
    whole = module(batch, *features(batch))
    found, out, _ = streamed(module, batch, key_frames)
    torch.testing.assert_close(found["video"], whole.video)
    torch.testing.assert_close(found["union"], whole.union)
    torch.testing.assert_close(out.text, whole.text)


@both
def test_a_track_that_is_away_for_several_chunks_comes_back_with_its_past(recurrence):
    rows = [[(0.2, 0.2), (0.6, 0.6)], [(0.25, 0.2), (0.6, 0.6)], *[[None, (0.6, 0.6)]] * 5, [(0.4, 0.3), (0.6, 0.6)]]
    video = tracks_graph(rows, relations=[(0, "near", 1)])
    batch = doubled_holistic(holistic_batch([HolisticSceneGraph(text=sample_text_graph(0), video=video)]))
    module = encoder(replace(TINY, recurrence=recurrence))
    whole = module(batch, *features(batch)).video
    torch.testing.assert_close(streamed(module, batch, 2)[0]["video"], whole)
    # And it matters: without its past it would come back as another.
    forgetful = replace(batch.video, previous=torch.where(batch.video.frame_index == 7, -1, batch.video.previous))
    alone = module(replace(batch, video=forgetful), *features(batch)).video
    assert not torch.allclose(alone[batch.video.frame_index == 7], whole[batch.video.frame_index == 7])


def test_what_is_carried_does_not_grow_with_the_key_frames():
    sizes = []
    for frames in (4, 40):
        video = tracks_graph([[(0.2, 0.2), (0.6, 0.6)]] * frames)
        batch = doubled_holistic(holistic_batch([HolisticSceneGraph(text=sample_text_graph(0), video=video)]))
        state = streamed(encoder(), batch, 4)[2]
        sizes.append(sum(kept.memory.numel() for kept in state.video.recurrent))
    assert sizes[0] == sizes[1] > 0


def test_an_empty_video_is_one_empty_chunk():
    batch = doubled_holistic(holistic_batch([empty_holistic_graph()]))
    pieces = list(chunks(batch, *features(batch), key_frames=4))
    assert [(len(piece.video_nodes), piece.graphs.video.num_nodes) for piece in pieces] == [(0, 0)]


def test_chunks_of_no_key_frame_are_refused():
    batch = doubled_holistic(sample_batch(1))
    with pytest.raises(InputError, match="at least 1 key frame, found key_frames=0"):
        next(chunks(batch, *features(batch), key_frames=0))
