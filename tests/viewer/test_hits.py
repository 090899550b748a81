"""The contact sheet of a query: which key frame is shown, and that everything on it is escaped."""

from finsta.viewer.hits import Hit, render_hits, shown_frame
from tests.graph_samples import tracks_graph

HERE, THERE = (0.2, 0.2), (0.6, 0.6)


def test_the_frame_shown_is_in_the_interval_shows_the_tracks_and_is_nearest_to_the_middle():
    graph = tracks_graph([[HERE, THERE], [HERE, None], [HERE, THERE], [HERE, THERE], [HERE, THERE]])  # at 0, 0.5, … 2 s
    assert shown_frame(graph, (0.3, 1.2), [0]) == 1
    assert shown_frame(graph, (0.3, 1.2), [0, 1]) == 2
    assert shown_frame(graph, (1.4, 1.6), [0, 1]) == 3
    assert shown_frame(graph, (90.0, 91.0), [0, 1]) == 4


def test_a_clip_without_key_frames_still_has_its_place_on_the_sheet():
    graph = tracks_graph([])
    hit = Hit(
        title="empty", video="a.mp4", score=0.5, intervals=((0.0, 1.0),), tracks={0: "cup 0"}, lines=(), graph=graph
    )
    assert shown_frame(graph, (0.0, 1.0), [0]) is None
    assert "empty" in render_hits("a cup", [hit])


def test_only_the_tracks_that_were_found_have_boxes_and_all_text_is_escaped():
    graph = tracks_graph([[HERE, THERE]])
    hit = Hit(
        title="<i>clip</i>",
        video="<u>.mp4",
        score=0.5,
        intervals=((0.0, 0.5),),
        tracks={1: "cup <1>"},
        lines=("a & b",),
        graph=graph,
        missing="not <there>",
    )
    page = render_hits("<script>", [hit], lead="x < y", notes=["<note>"])
    assert page.count('class="box"') == 1
    for text in ("<i>clip", "<u>.mp4", "cup <1>", "not <there>", "<script>", "<note>"):
        assert text not in page
    assert render_hits("<script>", [hit], lead="x < y", notes=["<note>"]) == page
