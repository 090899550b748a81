"""Captions, instructions and questions: the whole graph of each, written by hand from the sentence alone."""

import pytest

from tests.text.by_rules import parse_texts
from tests.text.facts import facts

SENTENCES: list[tuple[str, list[str]]] = [
    # prepositions of several words
    ("A dog sits in front of the house.", ["dog|sit in front of|house"]),
    ("There is a hat on top of the box.", ["hat|on top of|box"]),
    ("A chair next to a table.", ["chair|next to|table"]),
    ("A cat sleeps on the edge of the bed.", ["cat|sleep on edge of|bed"]),
    ("a car to the left of the truck", ["car|to left of|truck"]),
    ("a lamp at the corner of the room", ["lamp|at corner of|room"]),
    ("a bird close to the water", ["bird|close to|water"]),
    # phrasal verbs
    ("A boy puts on his shoes.", ["boy|have|shoe", "boy|put on|shoe"]),
    ("A woman turns off the light.", ["woman|turn off|light"]),
    ("A man takes his hat off.", ["man|have|hat", "man|take off|hat"]),
    ("Two men carry the table away.", ["man:2", "man|carry away|table"]),
    ("A girl looks up at the sky.", ["girl|look up at|sky"]),
    # "there is"
    ("There are some birds on the roof.", ["bird|on|roof"]),
    ("There is a man who is holding a cup.", ["man|hold|cup"]),
    ("In the corner there is a chair.", ["chair|in|corner"]),
    # coordination at every level
    ("A man and a dog run and jump.", ["dog|jump|-", "dog|run|-", "man|jump|-", "man|run|-"]),
    ("A red and white ball.", ["ball:red", "ball:white"]),
    ("A boy eats an apple and a pear.", ["boy|eat|apple", "boy|eat|pear"]),
    ("A bird flies over the house and the tree.", ["bird|fly over|house", "bird|fly over|tree"]),
    (
        "A tall man and a short woman walk with a dog and a cat.",
        [
            "man:tall",
            "man|walk with|cat",
            "man|walk with|dog",
            "woman:short",
            "woman|walk with|cat",
            "woman|walk with|dog",
        ],
    ),
    ("A woman slowly and carefully opens the box.", ["open~carefully", "open~slowly", "woman|open|box"]),
    ("The soup is hot and the bread is fresh.", ["bread:fresh", "soup:hot"]),
    ("A man peels, slices and fries potatoes.", ["man|fry|potato", "man|peel|potato", "man|slice|potato"]),
    (
        "The man wearing a hat and the woman holding a bag are talking.",
        ["man|talk|-", "man|wear|hat", "woman|hold|bag", "woman|talk|-"],
    ),
    # passives without an agent, and with one
    ("The window was broken.", ["-|break|window"]),
    ("The car is being washed.", ["-|wash|car"]),
    ("A cake is cut into slices.", ["cake|cut into|slice"]),
    ("The dog is being chased by two boys.", ["boy:2", "boy|chase|dog"]),
    ("A letter is given to the girl.", ["letter|give to|girl"]),
    # reduced relative clauses
    ("a ball thrown by a girl", ["girl|throw|ball"]),
    ("A boat tied to a dock.", ["boat|tie to|dock"]),
    ("A wall painted blue.", ["-|paint|wall", "wall:blue"]),
    ("the book the woman is reading", ["woman|read|book"]),
    ("a bench painted by a man with a beard", ["man|paint|bench", "man|with|beard"]),
    ("hill covered in trees", ["tree|cover|hill"]),
    # what counts or gathers
    ("A group of tall men.", ["man:group", "man:tall"]),
    ("A bunch of bananas on a plate.", ["banana|on|plate"]),
    ("A herd of elephants crossing a river.", ["elephant|cross|river"]),
    ("A row of houses along the street.", ["house|along|street"]),
    ("A slice of pizza on a plate.", ["pizza:slice", "pizza|on|plate"]),
    ("Dozens of people watch the game.", ["people|watch|game"]),
    ("both men have hats", ["man:2", "man|have|hat"]),
    # gerund openings
    ("Holding a cup, a woman smiles.", ["woman|hold|cup", "woman|smile|-"]),
    ("Wearing a red hat, the boy rides a bike.", ["boy|ride|bike", "boy|wear|hat", "hat:red"]),
    ("playing tennis in the park", ["-|play in|park", "-|play|tennis"]),
    # telegraphic captions
    ("rug on the floor", ["rug|on|floor"]),
    ("mirror hanging on wall", ["mirror|hang on|wall"]),
    ("boy swinging baseball bat", ["boy|swing|baseball bat"]),
    ("zebra lying in the grass", ["zebra|lie in|grass"]),
    ("white railing beside the tracks", ["railing:white", "railing|beside|track"]),
    ("man grabbing skateboard", ["man|grab|skateboard"]),
    ("stop sign on a pole", ["stop sign|on|pole"]),
    ("painting hanging above bed", ["painting|hang above|bed"]),
    ("balcony on building", ["balcony|on|building"]),
    ("gray shirt man is wearing", ["man|wear|shirt", "shirt:gray"]),
    ("black table the plate is on", ["plate|on|table", "table:black"]),
    ("surfer riding wave", ["surfer|ride|wave"]),
    ("two kids on swing", ["kid:2", "kid|on|swing"]),
    ("man and woman holding flowers", ["man|hold|flower", "woman|hold|flower"]),
    ("the green stems under the ham", ["stem:green", "stem|under|ham"]),
    ("restaurant menus on table", ["restaurant menu|on|table"]),
    ("wine glasses on a tray", ["wine glass|on|tray"]),
    # names, parts and materials
    ("dog's tail", ["dog|have|tail"]),
    ("zebra head", ["zebra|have|head"]),
    ("tree branches over the road", ["branch|over|road", "tree|have|branch"]),
    ("a light colored shirt", ["shirt:light colored"]),
    ("a large red brick building", ["building:brick", "building:large", "building:red"]),
    ("a watch on his left hand", ["he|have|left hand", "watch|on|left hand"]),
    # what a phrase or participle belongs to
    ("a glass with a straw in it", ["straw|in|glass"]),
    ("The computer has a cat on it.", ["cat|on|computer"]),
    ("A man has a box on the table.", ["box|on|table", "man|have|box"]),
    (
        "a boy in a blue shirt leaning against the wall",
        ["boy|in|shirt", "boy|lean against|wall", "shirt:blue"],
    ),
    ("a woman wearing glasses talking on the phone", ["woman|talk on|phone", "woman|wear|glasses"]),
    ("a woman wearing a scarf with a fringe", ["scarf|with|fringe", "woman|wear|scarf"]),
    # what is not there
    ("There is no dog in the yard.", ["dog|in|yard", "in~not"]),
    ("several trees with no leaves", ["tree|with|leaf", "with~not"]),
    ("A man without a hat.", ["man|without|hat"]),
    # instructions
    ("Add salt and pepper to the soup.", ["-|add to|soup", "-|add|pepper", "-|add|salt"]),
    (
        "Pour the milk into the bowl and mix it well.",
        ["-|mix|milk", "-|pour into|bowl", "-|pour|milk", "mix~well"],
    ),
    ("chop onions and garlic", ["-|chop|garlic", "-|chop|onion"]),
    ("Place the chicken in the oven for an hour.", ["-|place in|oven", "-|place|chicken", "place~for hour"]),
    ("Don't stir the rice.", ["-|stir|rice", "stir~not"]),
    ("Let the dough rest.", ["-|let|-", "dough|rest|-"]),
    ("Season with salt.", ["-|season with|salt"]),
    # questions
    ("What color is the dog?", ["dog"]),
    ("Is there a cat on the sofa?", ["cat|on|sofa"]),
    ("How many dogs are running?", ["dog|run|-"]),
    ("What does the man do after he opens the door?", ["man|do|-", "man|open|door", "open<do"]),
    ("Who throws the ball to the boy?", ["-|throw to|boy", "-|throw|ball"]),
    ("Why is the woman holding an umbrella?", ["woman|hold|umbrella"]),
    ("Does the man wear glasses?", ["man|wear|glasses"]),
    ("Which dog is chasing the cat?", ["dog|chase|cat"]),
    ("What is on the table?", ["-|on|table"]),
    ("Where does the boy put the cup?", ["boy|put|cup"]),
    # normal forms
    ("A man is skiing down the hill.", ["man|ski down|hill"]),
    ("Two women are dining.", ["woman:2", "woman|dine|-"]),
    ("A girl is tying her shoes.", ["girl|have|shoe", "girl|tie|shoe"]),
    ("A baby is lying on a bed.", ["baby|lie on|bed"]),
    ("A man is going to throw the ball.", ["man|throw|ball"]),
]

KNOWN_FAILURES = {
    "A man and a dog run and jump.": 'the tagger takes "run" and "jump" for nouns',
    "A man peels, slices and fries potatoes.": 'the tagger takes "fries potatoes" for a dish',
    "man grabbing skateboard": 'the tagger takes "skateboard" for an adverb',
}
"""What the rules get wrong, and why; a strict mark, so that the list shrinks as soon as it can."""


def marked(text: str, expected: list[str]):
    reason = KNOWN_FAILURES.get(text)
    marks = pytest.mark.xfail(strict=True, reason=reason) if reason else ()
    return pytest.param(text, expected, id=text, marks=marks)


@pytest.fixture(scope="module")
def graphs():
    return {graph.text: graph for graph in parse_texts([text for text, _ in SENTENCES])}


@pytest.mark.parametrize(("text", "expected"), [marked(*pair) for pair in SENTENCES])
def test_a_caption_gives_exactly_these_facts(graphs, text, expected):
    graphs[text].validate()
    assert facts(graphs[text]) == sorted(expected)
