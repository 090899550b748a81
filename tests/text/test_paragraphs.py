"""Paragraphs as whole graphs: who is who, who owns what, and which order of events the words state.

The notation is that of ``facts``; a further thing of the same name has its number: "man#2" is the second man that
the paragraph brings in. Each graph was written from the paragraph before the parser's answer was seen.
"""

from collections import Counter
from dataclasses import replace

import pytest

from finsta.graphs.scene_graph import NodeKind
from tests.text.by_rules import parse_texts
from tests.text.facts import facts

PARAGRAPHS: list[tuple[str, list[str]]] = [
    (
        "A man enters the kitchen. He takes a knife and cuts the bread. Then the man eats it.",
        ["cut<eat", "man|cut|bread", "man|eat|bread", "man|enter|kitchen", "man|take|knife"],
    ),
    (
        "A woman is standing in front of a mirror. She brushes her hair. Another woman watches her.",
        ["woman#2|watch|woman", "woman|brush|hair", "woman|have|hair", "woman|stand in front of|mirror"],
    ),
    (
        "A boy and a girl are sitting on a bench. They are eating ice cream. The boy drops his ice cream.",
        [
            "boy|drop|ice cream",
            "boy|eat|ice cream",
            "boy|have|ice cream",
            "boy|sit on|bench",
            "girl|eat|ice cream",
            "girl|sit on|bench",
        ],
    ),
    (
        "The red car stops at the light. The blue car passes the red car. Then the red car drives away.",
        ["car#2:blue", "car#2|pass|car", "car:red", "car|drive away|-", "car|stop at|light", "pass<drive away"],
    ),
    (
        "It is raining. A man opens his umbrella and walks down the street.",
        ["-|rain|-", "man|have|umbrella", "man|open|umbrella", "man|walk down|street"],
    ),
    (
        "Peel the potatoes and cut them into cubes. Next, boil them in a pot. Finally, add salt and stir.",
        [
            "-|add|salt",
            "-|boil in|pot",
            "-|boil|potato",
            "-|cut into|cube",
            "-|cut|potato",
            "-|peel|potato",
            "-|stir|-",
            "boil<add",
            "cut<boil",
        ],
    ),
    (
        "First, the chef melts butter in a pan. Next, she adds the onions. She stirs them slowly.",
        ["chef|add|onion", "chef|melt in|pan", "chef|melt|butter", "chef|stir|onion", "melt<add", "stir~slowly"],
    ),
    (
        "Two dogs are playing in the yard. One chases the other. The dogs bark loudly.",
        ["bark~loudly", "dog#2|chase|dog#3", "dog:2", "dog|bark|-", "dog|play in|yard"],
    ),
    (
        "A man in a black shirt plays the guitar. A man in a white shirt sings. The man in the black shirt stops.",
        [
            "man#2|in|shirt#2",
            "man#2|sing|-",
            "man|in|shirt",
            "man|play|guitar",
            "man|stop|-",
            "shirt#2:white",
            "shirt:black",
        ],
    ),
    (
        "A girl throws a ball to her dog. The dog catches the ball and brings it back to her.",
        [
            "dog|bring back to|girl",
            "dog|bring back|ball",
            "dog|catch|ball",
            "girl|have|dog",
            "girl|throw to|dog",
            "girl|throw|ball",
        ],
    ),
    (
        "A group of people are standing outside. They wave at the camera. A woman starts dancing.",
        ["people:group", "people|stand outside|-", "people|wave at|camera", "woman|dance|-", "woman|start|-"],
    ),
    (
        "A man is washing a car. While he is washing it, a boy plays with the hose.",
        ["boy|play with|hose", "man|wash|car", "man|wash|car", "play with<wash", "wash<play with"],
    ),
    (
        "After the man leaves the room, the woman sits down. She opens a book and reads it.",
        ["leave<sit down", "man|leave|room", "woman|open|book", "woman|read|book", "woman|sit down|-"],
    ),
    (
        "Someone knocks on the door. The woman opens it. A tall man enters.",
        ["man:tall", "man|enter|-", "someone|knock on|door", "woman|open|door"],
    ),
    (
        "A player kicks the ball. The other player catches it and throws it back.",
        ["player#2|catch|ball", "player#2|throw back|ball", "player|kick|ball"],
    ),
    (
        "Add the flour to the bowl and mix it with the eggs. Pour the mixture into a pan. Bake it for ten minutes.",
        [
            "-|add to|bowl",
            "-|add|flour",
            "-|bake|mixture",
            "-|mix with|egg",
            "-|mix|flour",
            "-|pour into|pan",
            "-|pour|mixture",
            "bake~for ten minutes",
        ],
    ),
    (
        "A cat sits on a chair. A second cat lies under the table. The first cat jumps down.",
        ["cat#2:second", "cat#2|lie under|table", "cat:first", "cat|jump down|-", "cat|sit on|chair"],
    ),
    (
        "The man puts his hat on the table. His wife takes it.",
        ["man|have|hat", "man|have|wife", "man|put on|table", "man|put|hat", "wife|take|hat"],
    ),
    (
        "A couple is dancing on the stage. They spin and then bow.",
        ["couple|bow|-", "couple|dance on|stage", "couple|spin|-", "spin<bow"],
    ),
    (
        "A woman hands a man a letter. He reads it quietly and gives it back to her.",
        [
            "man|give back to|woman",
            "man|give back|letter",
            "man|read|letter",
            "read~quietly",
            "woman|hand to|man",
            "woman|hand|letter",
        ],
    ),
    (
        "A horse runs across the field. It jumps over a fence. Its rider falls off.",
        ["horse|have|rider", "horse|jump over|fence", "horse|run across|field", "rider|fall off|-"],
    ),
    (
        "Three children are building a sandcastle. They laugh. A wave destroys it.",
        ["child:3", "child|build|sandcastle", "child|laugh|-", "wave|destroy|sandcastle"],
    ),
    (
        "A man and a woman walk into a restaurant. The man orders a coffee. The woman looks at her phone.",
        [
            "man|order|coffee",
            "man|walk into|restaurant",
            "woman|have|phone",
            "woman|look at|phone",
            "woman|walk into|restaurant",
        ],
    ),
    (
        "He picks up the phone. She walks away. He follows her.",
        ["he|follow|she", "he|pick up|phone", "she|walk away|-"],
    ),
    (
        "A skier goes down the hill. Meanwhile, a man films him with his phone.",
        [
            "film<go down",
            "go down<film",
            "man|film with|phone",
            "man|film|skier",
            "man|have|phone",
            "skier|go down|hill",
        ],
    ),
    (
        "A man is holding a large box. The box falls. A small box is inside it.",
        ["box#2:small", "box#2|inside|box", "box:large", "box|fall|-", "man|hold|box"],
    ),
    (
        "The doctor looks at the patient. Her assistant brings a chair. The patient sits down on it.",
        ["assistant|bring|chair", "doctor|have|assistant", "doctor|look at|patient", "patient|sit down on|chair"],
    ),
    (
        "A dog is chasing a cat. The cat climbs a tree before the dog reaches the tree.",
        ["cat|climb|tree", "climb<reach", "dog|chase|cat", "dog|reach|tree"],
    ),
    (
        "A chef cracks two eggs into a bowl and whisks them. Then he pours them into the pan. "
        "Finally, he sprinkles cheese on the eggs.",
        [
            "chef|crack into|bowl",
            "chef|crack|egg",
            "chef|pour into|pan",
            "chef|pour|egg",
            "chef|sprinkle on|egg",
            "chef|sprinkle|cheese",
            "chef|whisk|egg",
            "egg:2",
            "pour<sprinkle",
            "whisk<pour",
        ],
    ),
    (
        "A young boy is playing the piano. His mother sits next to him and smiles. When he finishes, she claps.",
        [
            "boy:young",
            "boy|finish|-",
            "boy|have|mother",
            "boy|play|piano",
            "finish<clap",
            "mother|clap|-",
            "mother|sit next to|boy",
            "mother|smile|-",
        ],
    ),
    (
        "People are skating on a frozen lake. A girl falls down. Her friend helps her up.",
        ["friend|help up|girl", "girl|fall down|-", "girl|have|friend", "lake:frozen", "people|skate on|lake"],
    ),
    (
        "A man climbs a ladder. He paints the wall white. After that, he climbs down the ladder and looks at the wall.",
        [
            "man|climb down|ladder",
            "man|climb|ladder",
            "man|look at|wall",
            "man|paint|wall",
            "paint<climb down",
            "wall:white",
        ],
    ),
    (
        "A red ball rolls past a blue ball. The red ball stops. The blue ball does not move.",
        ["ball#2:blue", "ball#2|move|-", "ball:red", "ball|roll past|ball#2", "ball|stop|-", "move~not"],
    ),
    (
        "Two men are sitting at a table. One of them stands up and leaves. The other drinks his beer.",
        [
            "man#2|leave|-",
            "man#2|stand up|-",
            "man#3|drink|beer",
            "man#3|have|beer",
            "man:2",
            "man|sit at|table",
        ],
    ),
    (
        "Someone turns off the lights. The children scream. They run to their mother, and she hugs them.",
        [
            "child|have|mother",
            "child|run to|mother",
            "child|scream|-",
            "mother|hug|child",
            "someone|turn off|light",
        ],
    ),
    (
        "Cut the tomatoes. Put them in a bowl. Add the cucumber and toss everything together.",
        [
            "-|add|cucumber",
            "-|cut|tomato",
            "-|put in|bowl",
            "-|put|tomato",
            "-|toss|everything",
            "toss~together",
        ],
    ),
]

UNSOLVED = {
    "Peel the potatoes": "spaCy takes the last verb, bare after a noun, for a noun (add salt and stir)",
    "First, the chef": "spaCy takes 'the chef melts butter' for one name",
    "Two dogs are playing": "spaCy takes 'the dogs bark' for one name",
    "A man in a black shirt": "spaCy takes 'a man in a white shirt sings' for a noun with a clause",
    "A girl throws": "'back' goes to the preposition in 'brings it back to her', and so is lost to the object",
    "A woman hands": "'back' goes to the preposition in 'gives it back to her', and so is lost to the object",
    "A group of people": "the subject of a gerund that is an object (starts dancing) is not inherited",
    "Two men are": "'one of them' is taken for all of them",
}
"""Paragraphs that are not read right yet, by their first words, and why."""


def case(text, expected):
    reason = next((reason for start, reason in UNSOLVED.items() if text.startswith(start)), None)
    marks = pytest.mark.xfail(reason=reason) if reason else ()
    return pytest.param(text, expected, id=text[:60], marks=marks)


def identified(graph):
    """The graph with its objects numbered where several have one name."""
    seen = Counter()
    nodes = []
    for node in graph.nodes:
        if node.kind is NodeKind.OBJECT:
            seen[node.lemma] += 1
            count = seen[node.lemma]
            nodes.append(replace(node, lemma=node.lemma if count == 1 else f"{node.lemma}#{count}"))
        else:
            nodes.append(node)
    return replace(graph, nodes=tuple(nodes))


@pytest.fixture(scope="module")
def graphs():
    return {graph.text: graph for graph in parse_texts([text for text, _ in PARAGRAPHS])}


@pytest.mark.parametrize(("text", "expected"), [case(*paragraph) for paragraph in PARAGRAPHS])
def test_a_paragraph_gives_exactly_these_facts(graphs, text, expected):
    assert facts(identified(graphs[text])) == sorted(expected)


def test_every_graph_of_a_paragraph_is_well_formed(graphs):
    for graph in graphs.values():
        graph.validate()


def test_mentions_of_one_thing_are_all_kept(graphs):
    graph = graphs[PARAGRAPHS[0][0]]
    man = graph.nodes[graph.indices(NodeKind.OBJECT)[0]]
    assert [graph.text[slice(*mention)] for mention in man.mentions] == ["man", "He", "man"]
