from finsta.alignment.names import BatchIndex
from finsta.graphs.collate import holistic_batch
from tests.alignment.samples import pair_of, text_of, video_of


def names_of(*pairs):
    return BatchIndex.of(holistic_batch(pairs)).names


def test_a_phrase_names_what_has_its_word_and_at_least_its_attributes():
    phrases = ["circle", "red circle", "blue circle", "small red circle", "red square"]
    names = names_of(pair_of(text_of(phrases), video_of([])))
    assert names.object_text.int().tolist() == [
        [1, 1, 1, 1, 0],
        [0, 1, 0, 1, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 0, 1, 0],
        [0, 0, 0, 0, 1],
    ]


def test_a_track_goes_by_its_label_and_attributes_whatever_the_case():
    names = names_of(pair_of(text_of(["Red circle", "circle"]), video_of(["red Circle", "blue circle", "thing"])))
    assert names.object_label.int().tolist() == [[1, 0, 0], [1, 1, 0]]


def test_a_track_goes_by_the_phrases_that_are_linked_to_it_in_other_pairs_too():
    first = pair_of(text_of(["red circle"]), video_of(["thing", "thing"]), [(0, 1)])
    second = pair_of(text_of(["circle", "square"]), video_of(["thing"]), [(1, 0)])
    assert names_of(first, second).object_track.int().tolist() == [[0, 1, 0], [0, 1, 0], [0, 0, 1]]


def test_attributes_seen_less_than_half_of_the_time_do_not_count():
    from dataclasses import replace

    steady, bare = video_of(["red circle"], frames=3), video_of(["circle"], frames=3)
    flicker = replace(steady, frames=(steady.frames[0], *bare.frames[1:]))
    often = replace(steady, frames=(*steady.frames[:2], bare.frames[2]))
    names = names_of(pair_of(text_of(["red circle"]), flicker), pair_of(text_of(["red circle"]), often))
    assert names.object_label.int().tolist() == [[0, 1], [0, 1]]


def test_events_are_named_by_verb_modifiers_and_both_ends():
    text = text_of(
        ["circle", "square"],
        [(0, "push", 1), (0, "push quickly", 1), (1, "push", 0), (0, "pull", 1), (0, "push", None)],
    )
    assert names_of(pair_of(text, video_of([]))).event_text.int().tolist() == [
        [1, 1, 0, 0, 0],
        [0, 1, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 0, 1, 0],
        [1, 1, 0, 0, 1],
    ]


def test_a_predicate_track_is_named_by_label_or_by_link():
    text = text_of(["circle", "square"], [(0, "push", 1), (0, "shove", 1)])
    video = video_of(["circle", "square"], [(0, "push", 1, [0]), (1, "push", 0, [0]), (0, "near", 1, [0])])
    linked = pair_of(text, video, events=[(1, 0, "near", 1, (0.0, 1.0))])
    names = names_of(pair_of(text, video), linked)
    row = [[1, 0, 0], [0, 0, 0]]
    assert names.event_track.int().tolist() == [
        [*a, *b] for a, b in zip(row * 2, [[1, 0, 0], [0, 0, 1]] * 2, strict=True)
    ]
    assert names.ends_track.int().tolist() == [[1, 0, 1] * 2] * 4
