"""The closed word lists that the rules consult. Words are lemmas in lower case."""


def words(text: str) -> frozenset[str]:
    """The words of a text, parted by blanks."""
    return frozenset(text.split())


QUANTIFIERS = words(
    """lot lots bunch couple pair number plenty dozen dozens hundred hundreds thousand thousands ton tons load loads
    variety kind type sort majority rest handful range some many all both each most several few one none any half
    amount bit row herd flock crowd stack collection set roll series clump wedge assortment array"""
)
"""Nouns and pronouns that stand before "of" without being what is talked about: "a lot of dogs"."""

CLASSIFIERS = words(
    """group slice piece part patch pile cluster swarm school pack team string sheet chunk strip drop block stick"""
)
"""The same, but worth keeping: "a group of dogs" gives the dogs the attribute "group" (so does the FACTUAL data)."""

CONTAINERS = {
    "plate": "on", "tray": "on", "bowl": "in", "glass": "in", "cup": "in", "bottle": "in", "can": "in", "box": "in",
    "bag": "in", "basket": "in", "jar": "in", "pot": "in", "pan": "in", "bucket": "in", "mug": "in", "vase": "in",
    "spoon": "in", "spoonful": "in", "carton": "in", "pitcher": "in", "jug": "in", "crate": "in", "tub": "in",
    "line": "in",
}  # fmt: skip
"""A container "of" something holds it: "a bowl of soup" is soup in a bowl."""

REPRESENTATIONS = words(
    "picture photo photograph image painting drawing view video portrait poster statue shot print map sign model scene"
)
"""Nouns whose "of" says what they show rather than who has them."""

SIDE_NOUNS = words(
    """front top back side middle center centre bottom edge left right end base corner rear tip foot background
    foreground outside inside head surface level"""
)
"""Nouns that a preposition and "of" or "to" close into one preposition: "on top of", "to the left of"."""

PREPOSITION_FORMS = {"at top of": "on top of", "atop": "on top of", "nearby": "near", "besides": "beside"}
"""Prepositions that say the same, and the one that stands for them."""

ADJECTIVE_PREPOSITIONS = words("of to with for from at about")
"""A preposition after an adjective that belongs to it: "full of", "afraid of", "ready for"."""

PLACE_ADVERBS = words(
    """away down up off out back around forward forwards backward backwards apart over in along by past through across
    aside upward upwards downward downwards inside outside sideways left right on"""
)
"""Adverbs that close a phrasal verb: "drive away", "fall down", "turn around"."""

ORDER_WORDS = words(
    """then next afterwards afterward later finally subsequently first firstly second secondly third thirdly lastly
    before after meanwhile simultaneously eventually thereafter"""
)
"""Adverbs that order events; they become edges, not nodes."""

THEN_WORDS = words("then next afterwards afterward later finally subsequently lastly eventually thereafter secondly")
SAME_TIME_WORDS = words("meanwhile simultaneously")
SAME_TIME_MARKS = words("while as whilst")
LATER_CLAUSE_MARKS = words("before until till")
EARLIER_CLAUSE_MARKS = words("after once when")

DEGREE_WORDS = words(
    """very too so quite really rather pretty extremely slightly somewhat super more most less least almost nearly
    fairly a little bit just only also even still already now here there where when why how however therefore thus maybe
    perhaps probably well-nigh about approximately roughly all both either neither else as not n't never yet always"""
)
"""Adverbs that are neither a manner nor a count; left out of normal forms."""

NEGATIONS = words("not n't never nt")

MANNER_NOUNS = words(
    """care caution ease force speed enthusiasm joy hurry haste difficulty precision skill excitement anger surprise
    confidence grace energy patience delight pleasure fear interest vigor vigour strength power attention gusto
    intensity effort curiosity manner way fashion motion pace silence unison circle circles hand foot purpose
    rhythm style sync harmony"""
)
"""Nouns that make a prepositional phrase say how: "with care", "at high speed", "in circles"."""

MANNER_PREPOSITIONS = {
    "circle": "in", "circles": "in", "hand": "by", "foot": "on", "power": "with", "motion": "in", "way": "in",
    "force": "with", "attention": "with", "purpose": "on", "interest": "with", "strength": "with",
}  # fmt: skip
"""Manner nouns that are things too: they say how only after this preposition, and without a determiner."""

TIME_NOUNS = words(
    """morning afternoon evening night day noon midnight today tonight tomorrow yesterday week month year summer winter
    autumn spring hour minute second moment time while sunset sunrise dusk dawn daytime monday tuesday wednesday
    thursday friday saturday sunday"""
)
"""Nouns that make a phrase say when."""

LINK_VERBS = words("be look seem appear feel remain stay sound smell taste")
"""Verbs that only join a subject to an adjective."""

TRANSITIVE_VERBS = words(
    """hold wash throw push pull carry kick hit cut chop peel catch touch wear use take put grab lift dry clean wipe
    fold pour stir mix slice dice chase follow hug kiss open close shut bring place pick raise lower fix repair build
    make squeeze crush bounce grate season rinse drop remove"""
)
"""Verbs that want an object: with none of their own they share that of the verb they are coordinated with."""

SIGHT_VERBS = words("see show locate situate picture depict display")
"""Verbs whose passive only places something: "a dog can be seen in the yard" is a dog in the yard."""

COVER_PREPOSITIONS = words("with in by")
"""What "is covered" takes before that which covers."""

SKIPPED_ADJECTIVES = words(
    "other several many few more same own such various certain most much another else only whole entire"
)
"""Adjectives that are determiners in all but name."""

PARTICIPLE_PREPOSITIONS = words("including according following regarding concerning depending")

SHADES = words("dark light bright pale deep")
"""Words that belong to the colour after them."""

COLOURS = words(
    """red green blue yellow orange purple pink brown black white gray grey silver gold golden beige tan cyan magenta
    turquoise violet teal maroon navy cream blonde blond"""
)

MATERIALS = words(
    """metal wood wooden brick stone concrete plastic leather steel iron cotton wool woolen rubber marble cement glass
    ceramic denim porcelain aluminum granite clay straw silk chrome copper bronze rock dirt velvet flannel wicker cloth
    linen lace pine oak cardboard paper"""
)

NOUN_ATTRIBUTES = (COLOURS | MATERIALS) - words("cream")
"""Nouns that, before another noun, are its attribute rather than part of its name."""

NOT_COLOURED = words("juice tree peel slice soda cream medal coin fish mine wine towel bag cup climbing clip")
"""Nouns before which a colour word is part of the name: "orange juice"."""

_NUMERALS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""

SHAPES = words(
    "circle square triangle rectangle ball cube star disc disk ring diamond cross oval heart hexagon pentagon"
)
"""Shapes that are actors; the parser often takes them for part of the name of the verb after them."""

PLURALS_ONLY = words(
    """glasses pants shorts jeans sunglasses scissors trousers goggles clothes tongs pajamas binoculars headphones
    leggings tights"""
)
"""Nouns whose normal form is the plural."""

NUMBERS = {word: str(value) for value, word in enumerate(_NUMERALS.split())}
"""Numerals and the digits that are their normal form."""

COUNT_QUANTIFIERS = {"couple": "2", "dozen": "12"}

PERSONAL_PRONOUNS = {
    "he": "he", "him": "he", "his": "he", "himself": "he", "she": "she", "her": "she", "hers": "she", "herself": "she",
    "it": "it", "its": "it", "itself": "it", "they": "they", "them": "they", "their": "they", "theirs": "they",
    "themselves": "they", "i": "i", "me": "i", "my": "i", "mine": "i", "myself": "i", "we": "we", "us": "we",
    "our": "we", "ours": "we", "ourselves": "we", "you": "you", "your": "you", "yours": "you", "yourself": "you",
}  # fmt: skip
"""Pronouns and their normal form."""

REFLEXIVES = words("himself herself itself themselves myself ourselves yourself")

INDEFINITE_PRONOUNS = words(
    "someone somebody something anyone anybody anything everyone everybody everything nobody nothing"
)

DUMMY_SUBJECTS = words("it this that these those there here what who which")
"""Subjects that name nothing before a copula and a noun: "this is a dog"."""

WEATHER_VERBS = words("rain snow hail thunder drizzle storm")

MALE = words("man boy guy gentleman father dad husband son brother uncle grandfather king actor waiter groom male lad")
FEMALE = words(
    """woman girl lady mother mom wife daughter sister aunt grandmother queen actress waitress bride female lass"""
)
PERSONS = words(
    """person child kid baby toddler teenager adult player chef cook rider skier surfer snowboarder skateboarder dancer
    singer driver teacher student doctor nurse officer athlete gymnast host speaker worker runner swimmer pedestrian
    passenger customer friend people coach referee batter pitcher catcher goalie cyclist biker climber performer
    musician guitarist drummer cowboy policeman fireman soldier diver fisherman instructor barber artist reporter"""
)

ANIMALS = words(
    """dog cat horse cow bird sheep goat pig bear elephant giraffe zebra lion tiger monkey puppy kitten duck chicken
    rabbit mouse fish squirrel deer panda penguin turtle bull"""
)
COLLECTIVES = words("crowd family team couple group audience band class herd flock crew police people pair")

DETERMINERS = words(
    """a an the this that these those some any each every both all another his her its their my your our no several
    many few"""
)

DEFINITE_DETERMINERS = words("the this that these those his her its their")

PREPOSITIONS = words(
    """about above across after against along alongside among around at atop away before behind below beneath beside
    between beyond by close down during for from in inside into like near of off on onto opposite out outside over past
    through to toward towards under underneath up upon with within without next"""
)
"""First words of predicates that are no verbs."""

SYMMETRIC_PREDICATES = frozenset(
    {"next to", "near", "beside", "with", "by", "close to", "opposite", "alongside", "have", "far from"}
) | words("meet resemble match touch among")
"""Predicates that say the same, or nothing, with their ends exchanged."""

SYNONYMS = (
    words("near beside by alongside") | {"next to", "close to"},
    words("on upon atop") | {"on top of"},
    words("in inside within into"),
    words("above over"),
    words("under below beneath underneath"),
    words("jump leap hop"),
    words("run sprint jog"),
    words("look watch see view") | {"look at"},
    words("hold carry grasp") | {"pick up"},
    words("push shove"),
    words("follow chase pursue"),
    words("throw toss"),
    words("speak talk"),
    words("quickly fast rapidly swiftly hastily speedily hurriedly"),
    words("slowly gradually leisurely"),
    words("gently softly"),
    words("carefully cautiously"),
    words("big large huge"),
    words("small little tiny"),
    words("gray grey"),
    words("near nearby"),
)
"""Words that must not replace one another in an edited caption, for the caption would stay true."""

ATTRIBUTE_CLASSES = {
    "colour": COLOURS,
    "material": MATERIALS,
    "size": words("big small large little tiny huge tall short long wide narrow thick thin giant"),
    "shape": words("round square rectangular triangular circular oval flat curved"),
    "pattern": words("striped spotted checkered plaid dotted plain floral patterned solid textured"),
    "age": words("old young new elderly ancient modern"),
    "number": frozenset(NUMBERS.values()),
    "state": words("open closed empty full wet dry clean dirty hot cold broken"),
}
"""Classes inside which one attribute replaces another."""
