"""The page: whole, self-contained, escaped, the same each time."""

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from finsta.errors import OutputError
from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.scene_graph import NodeKind, TextNode, TextualSceneGraph
from finsta.viewer.report import LARGEST_DRAWING, render_report, write_report

VOID = {"meta", "link", "br", "img", "input"}


class Page(HTMLParser):
    """Collects tags, attributes and words, and fails where tags are not closed in order."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.words, self.open = [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data.strip())

    @property
    def text(self):
        return " ".join(word for word in self.words if word)


def texts(page, name):
    return re.findall(rf'<g class="pill {name}".*?<text[^>]*>(?:<tspan.*?</tspan>)?(.*?)</text>', page, re.DOTALL)


def test_every_node_of_a_pair_is_drawn_once_in_each_graph(pair, images):
    page = render_report(pair, images=images)
    assert texts(page, "object") == ["man", "car", "piano", "person 1", "car 2", "dog 3"]
    assert texts(page, "attribute") == ["red", "crimson"]
    assert sorted(texts(page, "predicate")) == sorted(
        ["approaches", "waits", "moving closer to", "left of", "right of", "idles"]
    )
    assert texts(page, "predicate_attribute") == ["slowly"]


def test_the_page_says_what_each_phrase_refers_to(pair, images):
    words = Page(render_report(pair, images=images)).text
    assert "man person 1 0.00 – 2.00 s 0.90" in words
    assert "approaches slowly person 1 moving closer to car 2 0.00 – 2.00 s 0.85" in words
    assert "piano nothing in the video is like enough" in words
    assert "waits not found" in words


def test_facts_detector_and_warnings_are_stated(pair, images):
    words = Page(render_report(pair, images=images)).text
    for fact in ("street.mp4", "6.00 s", "64 × 48", "25 frames/s", "3 in 2 shots", "by hand", "the clip is truncated"):
        assert fact in words


def test_the_sentence_stands_whole(pair):
    page = render_report(pair)
    inside = re.search(r'<p class="sentence">(.*?)</p>', page, re.DOTALL).group(1)
    assert re.sub(r"<[^>]*>", "", inside) == pair.text.text


@pytest.mark.parametrize("side", ["text", "video", "pair"])
def test_nothing_is_loaded_from_elsewhere(side, request, images):
    graph = request.getfixturevalue(side)
    page = render_report(graph, images=() if side == "text" else images)
    parsed = Page(page)
    for tag, attributes in parsed.tags:
        for name in ("src", "href", "xlink:href", "action", "poster", "srcset"):
            value = attributes.get(name)
            assert value is None or value.startswith(("data:", "#")), (tag, name, value)
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", page.replace("data:image", ""))
    assert {tag for tag, _ in parsed.tags}.isdisjoint({"iframe", "object", "embed"})


def test_one_side_alone_has_a_page(text, video, images):
    only_text, only_video = Page(render_report(text)).text, Page(render_report(video, images=images)).text
    assert "Graph of the sentence" in only_text
    assert "Timeline" not in only_text
    assert "Graphs of the key frames" in only_video
    assert "What each phrase refers to" not in only_video


def test_all_text_is_escaped(video, images):
    evil = '<script>alert("1")</script> & "quotes"'
    node = TextNode(kind=NodeKind.OBJECT, label="<script>", lemma="<script>", span=(0, 8))
    text = TextualSceneGraph(text=evil, nodes=(node,), warnings=("<b>bold</b>",))
    page = render_report(HolisticSceneGraph(text=text, video=video), images=images, title="<img src=x>")
    parsed = Page(page)
    assert [tag for tag, _ in parsed.tags].count("script") == 1
    assert "img" not in {tag for tag, _ in parsed.tags}
    assert "&lt;script&gt;</span>alert(&#34;1&#34;)&lt;/script&gt; &amp; &#34;quotes&#34;" in page
    assert "<b>bold" not in page


def test_the_same_graph_gives_the_same_page(pair, images):
    assert render_report(pair, images=images) == render_report(pair, images=images)


def test_empty_graphs_are_said_in_words():
    info = VideoInfo(path="v.mp4", duration=1.0, width=64, height=48, frames_per_second=25.0, frame_count=25)
    no_frames = DynamicSceneGraph(video=info)
    no_objects = DynamicSceneGraph(video=info, frames=(FrameGraph(time=0.5),))
    no_words = TextualSceneGraph(text="")
    assert "The video gave no key frame." in Page(render_report(no_frames)).text
    assert "nothing was found in this key frame" in Page(render_report(no_objects)).text
    assert "No object was found in the video" in Page(render_report(no_objects)).text
    assert "The text is empty." in Page(render_report(no_words)).text
    assert "The sentence gave no node" in Page(render_report(TextualSceneGraph(text="Oh!"))).text
    both = Page(render_report(HolisticSceneGraph(text=no_words, video=no_objects))).text
    assert "The sentence names no object and no predicate" in both


def test_a_video_of_unknown_length_and_size_has_a_page():
    info = VideoInfo(path="", duration=0.0, width=0, height=0, frames_per_second=0.0, frame_count=0)
    graph = DynamicSceneGraph(video=info, frames=(FrameGraph(time=0.0),))
    assert "Scene graph of a video" in Page(render_report(graph)).text


def test_a_graph_too_large_to_draw_is_listed():
    label = [f"thing{number}" for number in range(LARGEST_DRAWING + 1)]
    nodes = tuple(TextNode(kind=NodeKind.OBJECT, label=name, lemma=name) for name in label)
    words = Page(render_report(TextualSceneGraph(text="many things", nodes=nodes))).text
    assert f"{LARGEST_DRAWING + 1} nodes are too many for a drawing" in words
    assert " · ".join(label) in words


def test_pictures_are_small_and_stored_once(pair):
    from PIL import Image

    big = [np.full((600, 960, 3), 120, np.uint8)] * 3
    page = render_report(pair, images=big)
    found = re.findall(r"data:image/jpeg;base64,([A-Za-z0-9+/=]+)", page)
    assert len(found) == 3
    assert [Image.open(io.BytesIO(base64.b64decode(data))).size for data in found] == [(480, 300)] * 3


def test_parts_that_belong_together_share_keys(pair, images):
    tags = Page(render_report(pair, images=images)).tags
    keyed = [(tag, attributes.get("class")) for tag, attributes in tags if "t1" in attributes.get("data-k", "").split()]
    assert keyed == [
        ("span", "object"),
        ("tr", None),
        ("i", "box"),
        ("b", None),
        ("div", "row linked"),
        ("g", "pill object"),
        ("i", "box"),
        ("b", None),
        ("g", "pill object"),
    ]


def test_a_report_is_written_or_says_why_not(pair, images, tmp_path):
    path = tmp_path / "new" / "report.html"
    write_report(pair, images, path)
    assert path.read_text(encoding="utf-8") == render_report(pair, images=images)
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(pair, images, path / "below" / "report.html")
