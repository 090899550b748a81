"""Several processes give what one gives: same graphs, same order, same errors."""

import os

import pytest

from finsta.errors import InputError, TextError
from finsta.graphs.scene_graph import TextualSceneGraph
from finsta.text import parse_texts
from finsta.text.parallel import parse_in_processes, sent


class Shouting:
    """A parser without models, so that the workers start at once."""

    def parse(self, text: str) -> TextualSceneGraph:
        return next(self.parse_many([text]))

    def parse_many(self, texts):
        for text in texts:
            if text == "bad":
                raise TextError("a bad text")
            if text == "die":
                os._exit(1)
            yield TextualSceneGraph(text=text.upper(), warnings=(os.environ.get("OMP_NUM_THREADS", ""),))


TEXTS = [f"text {number}" for number in range(20)]


def test_graphs_come_back_in_order_from_workers_of_one_thread():
    graphs = list(parse_in_processes(TEXTS, sent(Shouting()), processes=2, chunk=3))
    assert [graph.text for graph in graphs] == [text.upper() for text in TEXTS]
    assert {graph.warnings for graph in graphs} == {("1",)}


def test_no_texts_give_no_graphs():
    assert list(parse_in_processes([], Shouting, processes=2)) == []


def test_texts_are_drawn_as_graphs_are_taken():
    drawn = []

    def source():
        for number in range(1000):
            drawn.append(number)
            yield f"text {number}"

    graphs = parse_in_processes(source(), Shouting, processes=2, chunk=5)
    assert drawn == []
    assert next(graphs).text == "TEXT 0"
    assert len(drawn) == 20  # two chunks of five for each of two workers
    graphs.close()
    assert len(drawn) == 20


def test_an_error_is_raised_after_the_graphs_before_it():
    graphs = parse_in_processes(["one", "two", "bad", "three"], Shouting, processes=2, chunk=4)
    assert [next(graphs).text, next(graphs).text] == ["ONE", "TWO"]
    with pytest.raises(TextError, match="a bad text") as caught:
        next(graphs)
    assert "in a worker process" in caught.value.__notes__[0]


def test_a_dead_worker_is_told_of():
    with pytest.raises(TextError, match=r"expected 2 worker processes .*, found one dead; use processes=1"):
        list(parse_in_processes(["one", "die"], Shouting, processes=2, chunk=1))


@pytest.mark.parametrize(("processes", "chunk", "name"), [(0, 1, "processes"), (2, 0, "chunk")])
def test_numbers_below_one_are_refused(processes, chunk, name):
    with pytest.raises(InputError, match=f"expected {name} of at least 1, found 0"):
        parse_in_processes(TEXTS, Shouting, processes=processes, chunk=chunk)


def test_both_parsers_give_the_same_graphs_in_two_processes_as_in_one():
    from finsta.text.rules import RuleParser  # not above: every worker imports this module, and spaCy with it

    texts = ["A man rides a bike.", "", "two dogs on the grass", "It is raining."]
    by_rules = list(parse_texts(texts, parser="rules"))
    assert list(parse_texts(texts, parser=RuleParser(), processes=2)) == by_rules
    assert list(parse_texts(texts, parser="rules", processes=2)) == by_rules
    learned = [graph.to_factual() for graph in parse_texts(texts)]
    assert [graph.to_factual() for graph in parse_texts(texts, processes=2)] == learned


def test_the_workers_check_their_texts_as_one_process_does():
    with pytest.raises(TextError, match=r"expected a text \(str\), found int"):
        list(parse_texts(iter(["a dog", 3]), processes=2))
