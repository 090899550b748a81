"""What the rules make of a sentence: the whole graph of each, written by hand in the notation of ``facts``."""

import pytest

from tests.text.by_rules import parse_texts
from tests.text.facts import facts

SENTENCES: list[tuple[str, list[str]]] = [
    ("A man rides a bike.", ["man|ride|bike"]),
    ("man riding bike", ["man|ride|bike"]),
    ("A man riding a bike.", ["man|ride|bike"]),
    ("The cat is sleeping.", ["cat|sleep|-"]),
    ("A man is sitting on a bench in front of a house.", ["man|sit in front of|house", "man|sit on|bench"]),
    ("The woman puts the onions in the pan.", ["woman|put in|pan", "woman|put|onion"]),
    (
        "A boy picks the ball up and throws it to his friend.",
        ["boy|have|friend", "boy|pick up|ball", "boy|throw to|friend", "boy|throw|ball"],
    ),
    ("The girl gives the dog a bone.", ["girl|give to|dog", "girl|give|bone"]),
    ("A train comes out of the tunnel.", ["train|come out of|tunnel"]),
    ("A dog runs away from a cat.", ["dog|run away from|cat"]),
    ("A plane flies over the lake and lands on a road.", ["plane|fly over|lake", "plane|land on|road"]),
    ("The dog that is chasing the cat is brown.", ["dog:brown", "dog|chase|cat"]),
    (
        "A boy who is wearing a hat kicks the ball that the girl threw.",
        ["boy|kick|ball", "boy|wear|hat", "girl|throw|ball"],
    ),
    ("The ball that the boy kicks is red.", ["ball:red", "boy|kick|ball"]),
    ("the bench he is sitting on", ["he|sit on|bench"]),
    ("A car drives down the street.", ["car|drive down|street"]),
    ("A man sits in a chair and talks.", ["man|sit in|chair", "man|talk|-"]),
    ("A dog runs across the grass and barks.", ["dog|bark|-", "dog|run across|grass"]),
    ("A woman holds a hat and gloves.", ["woman|hold|glove", "woman|hold|hat"]),
    ("A dog chased by a cat.", ["cat|chase|dog"]),
    ("String attached to kite.", ["string|attach to|kite"]),
    ("trees and bushes growing on green lawn", ["bush|grow on|lawn", "lawn:green", "tree|grow on|lawn"]),
    ("The cat was chased by the dog.", ["dog|chase|cat"]),
    ("The ball was kicked.", ["-|kick|ball"]),
    ("The onions are put in the pan by the woman.", ["woman|put in|pan", "woman|put|onion"]),
    ("Water is poured into the glass.", ["water|pour into|glass"]),
    ("A car covered with snow.", ["snow|cover|car"]),
    ("A person can be seen in the background.", ["person|in|background"]),
    ("The bag is on the table.", ["bag|on|table"]),
    ("The hat is next to the bag.", ["hat|next to|bag"]),
    ("The man's hat is red and big.", ["hat:big", "hat:red", "man|have|hat"]),
    ("The man is a tall doctor.", ["man:doctor", "man:tall"]),
    ("The girl is afraid of the dog.", ["girl|afraid of|dog"]),
    ("A bowl full of fruit.", ["bowl|full of|fruit"]),
    ("This is a tree trunk.", ["tree trunk"]),
    ("There are three black cats in the box.", ["cat:3", "cat:black", "cat|in|box"]),
    ("There are two dogs running in the field.", ["dog:2", "dog|run in|field"]),
    ("white stove in a kitchen", ["stove:white", "stove|in|kitchen"]),
    ("A dog with dark green eyes.", ["dog|with|eye", "eye:dark green"]),
    ("A long-haired girl is dancing with her dog.", ["girl:long-haired", "girl|dance with|dog", "girl|have|dog"]),
    ("A metal pole next to a brick wall.", ["pole:metal", "pole|next to|wall", "wall:brick"]),
    ("the leg of the table", ["table|have|leg"]),
    ("The table has four legs.", ["leg:4", "table|have|leg"]),
    ("A plate of food on a table.", ["food|on|plate", "plate|on|table"]),
    ("a picture of a dog", ["picture|of|dog"]),
    (
        "A man in a light blue T-shirt walks out of the room.",
        ["man|in|t-shirt", "man|walk out of|room", "t-shirt:light blue"],
    ),
    ("A lot of dogs are running in the park.", ["dog|run in|park"]),
    ("A group of people playing football.", ["people:group", "people|play|football"]),
    ("A pair of shoes on the floor.", ["shoe|on|floor"]),
    ("A couple of kids play in the sand.", ["kid:2", "kid|play in|sand"]),
    ("Two of the dogs are running.", ["dog:2", "dog|run|-"]),
    ("A man and a woman are dancing and singing.", ["man|dance|-", "man|sing|-", "woman|dance|-", "woman|sing|-"]),
    ("A man holds and throws a ball.", ["man|hold|ball", "man|throw|ball"]),
    ("The boy is holding a bat and a ball.", ["boy|hold|ball", "boy|hold|bat"]),
    ("A black and white cat is on a sofa.", ["cat:black", "cat:white", "cat|on|sofa"]),
    ("A man standing and eating a sandwich.", ["man|eat|sandwich", "man|stand|-"]),
    (
        "A woman in a red dress and black shoes is walking slowly down the street.",
        ["dress:red", "shoe:black", "walk down~slowly", "woman|in|dress", "woman|in|shoe", "woman|walk down|street"],
    ),
    ("A boy wants to ride a horse.", ["boy|ride|horse", "boy|want|-"]),
    ("A girl helps a boy to climb a tree.", ["boy|climb|tree", "girl|help|boy"]),
    ("Riding a horse, a man waves his hat.", ["man|have|hat", "man|ride|horse", "man|wave|hat"]),
    ("riding a horse on the beach", ["-|ride on|beach", "-|ride|horse"]),
    ("Add the onions to the pan.", ["-|add to|pan", "-|add|onion"]),
    ("Peel the potatoes and cut them into slices.", ["-|cut into|slice", "-|cut|potato", "-|peel|potato"]),
    ("Do not touch the hot pan.", ["-|touch|pan", "pan:hot", "touch~not"]),
    ("Is the man riding a bike?", ["man|ride|bike"]),
    ("What is the man holding?", ["man|hold|-"]),
    ("Who is riding the bike?", ["-|ride|bike"]),
    ("Where is the dog?", ["dog"]),
    ("A dog is not barking.", ["bark~not", "dog|bark|-"]),
    ("The bag is not on the table.", ["bag|on|table", "on~not"]),
    ("The hat is not red.", ["hat:not red"]),
    ("He picked up the ball with care.", ["he|pick up|ball", "pick up~with care"]),
    (
        "A red circle quickly follows a blue square.",
        ["circle:red", "circle|follow|square", "follow~quickly", "square:blue"],
    ),
    ("The cat was chased by the dog three times.", ["chase~3 times", "dog|chase|cat"]),
    ("The ball bounces up and down.", ["ball|bounce up and down|-"]),
    ("A circle moves in circles.", ["circle|move|-", "move~in circles"]),
    ("A man walks in the morning.", ["man|walk|-", "walk~in morning"]),
    ("The man paints the wall red.", ["man|paint|wall", "wall:red"]),
    ("A man is looking happy.", ["man:happy"]),
    ("It is raining.", ["-|rain|-"]),
    ("The dog chases the ball and catches it.", ["dog|catch|ball", "dog|chase|ball"]),
    ("The man feeds the dog. It barks.", ["dog|bark|-", "man|feed|dog"]),
    ("A man and a woman look at each other.", ["man|look at|woman", "woman|look at|man"]),
    ("A woman looks at herself in the mirror.", ["woman|look at|woman", "woman|look in|mirror"]),
    (
        "A tall man enters. A short man follows. The tall man sits.",
        ["man:short", "man:tall", "man|enter|-", "man|follow|-", "man|sit|-"],
    ),
    ("A dog runs. Another dog barks.", ["dog|bark|-", "dog|run|-"]),
    ("Before he leaves, the man eats.", ["eat<leave", "man|eat|-", "man|leave|-"]),
    ("A man in a hat sits. The man in the hat stands.", ["man|in|hat", "man|sit|-", "man|stand|-"]),
    ("A boy and a girl are running and they are laughing.", ["boy|laugh|-", "boy|run|-", "girl|laugh|-", "girl|run|-"]),
    (
        "The woman puts the onions in the pan, then stirs them.",
        ["put<stir", "woman|put in|pan", "woman|put|onion", "woman|stir|onion"],
    ),
    (
        "The red square pushes the circle before the circle leaves.",
        ["circle|leave|-", "push<leave", "square:red", "square|push|circle"],
    ),
    ("Before the man leaves, the dog barks.", ["bark<leave", "dog|bark|-", "man|leave|-"]),
    ("The man sits down after the woman stands up.", ["man|sit down|-", "stand up<sit down", "woman|stand up|-"]),
    ("After eating, she washes her hands.", ["eat<wash", "she|eat|-", "she|have|hand", "she|wash|hand"]),
    ("A circle shrinks while a square grows.", ["circle|shrink|-", "grow<shrink", "shrink<grow", "square|grow|-"]),
    ("First, cut the tomatoes, then fry them.", ["-|cut|tomato", "-|fry|tomato", "cut<fry"]),
    ("A man jumps. Then he sits down.", ["jump<sit down", "man|jump|-", "man|sit down|-"]),
    ("The dog barks. After that, it sleeps.", ["bark<sleep", "dog|bark|-", "dog|sleep|-"]),
    (
        "A small red ball and a large blue cube roll away.",
        ["ball:red", "ball:small", "ball|roll away|-", "cube:blue", "cube:large", "cube|roll away|-"],
    ),
    ("The green star hopping.", ["star:green", "star|hop|-"]),
    ("A snow covered mountain.", ["snow|cover|mountain"]),
    ("A man is about to jump.", ["man|jump|-"]),
    ("A cow and a horse standing in a field.", ["cow|stand in|field", "horse|stand in|field"]),
    ("On the table there is a cup.", ["cup|on|table"]),
    ("a glass of water", ["water|in|glass"]),
    ("The sky is blue and clear.", ["sky:blue", "sky:clear"]),
    ("In the park, a man plays the guitar.", ["man|play in|park", "man|play|guitar"]),
    ("A boy with a backpack is running with a girl.", ["boy|run with|girl", "boy|with|backpack"]),
    ("An elephant that is being washed by a man.", ["man|wash|elephant"]),
    ("Covered in snow, the car is parked on the street.", ["car|park on|street", "snow|cover|car"]),
    ("What color is the car?", ["car"]),
    ("He is not a doctor.", ["he:not doctor"]),
    ("man wearing glasses and hat", ["man|wear|glasses", "man|wear|hat"]),
    ("A player hits the ball with great force.", ["hit~with great force", "player|hit|ball"]),
    ("A chef starts to chop onions.", ["chef|chop|onion", "chef|start|-"]),
    ("Cook the pasta while stirring it.", ["-|cook|pasta", "-|stir|pasta", "cook<stir", "stir<cook"]),
    ("A man stands up once the woman leaves.", ["leave<stand up", "man|stand up|-", "woman|leave|-"]),
    ("on top of the stop sign is a big flag", ["flag:big", "flag|on top of|stop sign"]),
    (
        "A large dotted orange star gradually passing behind a purple box.",
        ["box:purple", "pass behind~gradually", "star:dotted", "star:large", "star:orange", "star|pass behind|box"],
    ),
    (
        "The circle approaches the square, passes behind it and leaves.",
        ["circle|approach|square", "circle|leave|-", "circle|pass behind|square"],
    ),
    ("Someone is knocking on the door.", ["someone|knock on|door"]),
    ("The car stops. Another car passes.", ["car|pass|-", "car|stop|-"]),
]


@pytest.fixture(scope="module")
def graphs():
    return {graph.text: graph for graph in parse_texts([text for text, _ in SENTENCES])}


@pytest.mark.parametrize(("text", "expected"), SENTENCES, ids=[text for text, _ in SENTENCES])
def test_a_sentence_gives_exactly_these_facts(graphs, text, expected):
    assert facts(graphs[text]) == sorted(expected)


def test_every_graph_is_well_formed_and_its_nodes_stand_in_order_of_mention(graphs):
    for graph in graphs.values():
        graph.validate()
        starts = [node.span[0] for node in graph.nodes if node.span]
        assert starts == sorted(starts), graph.text


def test_the_span_of_a_node_holds_the_head_of_its_label(graphs):
    for graph in graphs.values():
        for node in graph.nodes:
            if node.span is not None:
                words = graph.text[slice(*node.span)]
                assert node.label.startswith(words), (graph.text, node)


def test_the_first_mention_of_a_node_is_its_span(graphs):
    for graph in graphs.values():
        for node in graph.nodes:
            assert node.mentions[:1] == ((node.span,) if node.span else ())
