"""Both ways to ask: a sentence becomes the pattern that it means, the exact form is read as it stands."""

import pytest

from finsta.errors import InputError
from finsta.query import Order, Pattern, Relation, Thing, TimeWindow, read_query


@pytest.mark.parametrize(
    ("sentence", "pattern"),
    [
        ("person holds cup, 3-8 s", "?a:person -hold-> ?b:cup @ 3..8"),
        ("a red car passes a person quickly", "?a:car[red] -pass[quickly]-> ?b:person"),
        ("a man holds a cup and drinks from it", "?a:man -hold-> ?b:cup, ?a -drink from-> ?b"),
        ("a dog runs, then jumps", "?a:dog -run-> then ?a -jump->"),
        ("a car stops after it passes a person", "?a:car -stop->, ?a -pass-> ?b:person; 2 then 1"),
        ("a woman walks while a dog follows her", "?a:woman -walk-> while ?b:dog -follow-> ?a"),
        ("two dogs chase a ball", "?a:dog, ?b>?a:dog, ?c:ball, ?a -chase-> ?c, ?b -chase-> ?c"),
        ("something passes a person", "?a -pass-> ?b:person"),
        ("a large red cup", "?a:cup[large, red]"),
        ("jumps", "?a -jump->"),
        ("dog chases cat", "?a:dog -chase-> ?b:cat"),
        ("circle pushes small square quickly", "?a:circle -push[quickly]-> ?b:square[small]"),
    ],
)
def test_a_sentence_becomes_the_pattern_that_it_means(sentence, pattern):
    assert str(read_query(sentence)) == pattern


def test_the_exact_form_is_read_as_it_stands():
    text = "?a:cell phone[black, large] -lie on[quietly]-> table then ?a -*->, cup while_not; 2 then 1 @ ..8 for 2"
    assert Pattern.parse(text) == Pattern(
        things=(
            Thing(name="a", label="cell phone", attributes=("black", "large")),
            Thing(name="b", label="table"),
            Thing(name="c", label="cup while_not"),
        ),
        relations=(
            Relation(subject="a", predicate="lie on", object="b", modifiers=("quietly",)),
            Relation(subject="a"),
        ),
        orders=(Order(first=0, second=1), Order(first=1, second=0)),
        time=TimeWindow(end=8.0, at_least=2.0),
    )


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "expected an object .* or an action .*, found none"),
        ("3-8 s", "expected an object .* or an action .*, found none"),
        ("red", "expected an object .* or an action .*, found neither"),
        ("a man does not hold a cup", r"what is not there cannot be asked for \('not hold'\); leave the negation out"),
        ("five dogs", "expected a number of things from 1 to 4, found 5"),
        ("?a -hold-> ?a", r"a relation joins \?a with itself; name two things"),
        ("?a:x -y-> ?a:z", r"\?a must be described where it first stands only"),
        ("?a @", "expected a time after '@', found nothing"),
        ("?a; b", "after ';' an order such as '1 then 3' must stand, found 'b'"),
        ("?a then ?b -walk->", "'then' must stand between two relations"),
        ("?a -walk-> then ?b", "'then' must stand between two relations, found '\\?b'"),
        (
            "?a -walk->; 1 then 2",
            "an order joins relations 1 and 2: expected two of the 1 that the query has, counted from 1",
        ),
        ("?a:person -hold", "a relation must end in '->', found '\\?a:person -hold'"),
        ("?a:person -hold ?b:cup, ?a -walk->", "a thing must stand in place of"),
        ("?a:x[", r"a thing must stand in place of '\?a:x\['"),
        ("?b>?a:dog", r"\?b is a twin of \?a, which is none of"),
        (", ".join(["?" + letter for letter in "abcdefghijklm"]), "at most 12 of a kind, found 13 things"),
    ],
)
def test_what_cannot_be_asked_is_named(query, message):
    with pytest.raises(InputError, match=message):
        read_query(query)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"things": ()}, "the query asks for nothing"),
        ({"things": (Thing(name="a"), Thing(name="a"))}, "need names of their own"),
        ({"things": (Thing(name="a"),), "relations": (Relation(subject="b"),)}, r"a relation names \?b"),
        ({"things": (Thing(name="a", label="x]"),)}, "word 'x]': expected letters"),
    ],
)
def test_a_pattern_of_parts_that_do_not_fit_is_refused(parts, message):
    with pytest.raises(InputError, match=message):
        Pattern(**parts)


@pytest.mark.parametrize(
    ("sentence", "unused"),
    [
        ("the man quickly", ("quickly",)),
        ("a person then a car", ("then",)),
        ("a dog or a cat", ("or",)),
        ("a dog runs and then jumps", ()),
        ("someone throws a ball to a dog, 3-8 s", ()),
        ("two red cars pass a man who ran away", ()),
        ("dog chases cat", ()),
        ("a car follows another car", ()),
        ("?a:dog -run->", ()),
    ],
)
def test_words_that_a_pattern_says_nothing_of_are_kept(sentence, unused):
    assert read_query(sentence).unused == unused


@pytest.mark.parametrize("sentence", ["a person left of a car", "a person to the left of a car"])
def test_left_of_is_a_side_and_not_a_leaving(sentence):
    assert str(read_query(sentence)) == "?a:person -to left of-> ?b:car"
