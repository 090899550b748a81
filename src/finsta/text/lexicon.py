"""The closed word lists that the rules consult. Words are lemmas in lower case."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


QUANTIFIERS = _words(
    """lot lots bunch couple pair number plenty dozen dozens hundred hundreds thousand thousands ton tons load loads
    variety kind type sort majority rest handful range some many all both each most several few one none any half
    amount bit row herd flock crowd stack collection set roll series clump wedge assortment array"""
)
"""Nouns and pronouns that stand before "of" without being what is talked about: "a lot of dogs"."""

CLASSIFIERS = _words(
    """group slice piece part patch pile cluster swarm school pack team string sheet chunk strip drop block stick"""
)
"""The same, but worth keeping: "a group of dogs" gives the dogs the attribute "group" (so does the FACTUAL data)."""

CONTAINERS = {
    "plate": "on", "tray": "on", "bowl": "in", "glass": "in", "cup": "in", "bottle": "in", "can": "in", "box": "in",
    "bag": "in", "basket": "in", "jar": "in", "pot": "in", "pan": "in", "bucket": "in", "mug": "in", "vase": "in",
    "spoon": "in", "spoonful": "in", "carton": "in", "pitcher": "in", "jug": "in", "crate": "in", "tub": "in", "line": "in",
}  # fmt: skip
"""A container "of" something holds it: "a bowl of soup" is soup in a bowl."""

REPRESENTATIONS = _words(
    "picture photo photograph image painting drawing view video portrait poster statue shot print map sign model scene"
)
"""Nouns whose "of" says what they show rather than who has them."""

SIDE_NOUNS = _words(
    """front top back side middle center centre bottom edge left right end base corner rear tip foot background
    foreground outside inside head surface level"""
)
"""Nouns that a preposition and "of" or "to" close into one preposition: "on top of", "to the left of"."""

PREPOSITION_FORMS = {"at top of": "on top of", "atop": "on top of", "nearby": "near", "besides": "beside"}
"""Prepositions that say the same, and the one that stands for them."""

ADJECTIVE_PREPOSITIONS = _words("of to with for from at about")
"""A preposition after an adjective that belongs to it: "full of", "afraid of", "ready for"."""

PLACE_ADVERBS = _words(
    """away down up off out back around forward forwards backward backwards apart over in along by past through across
    aside upward upwards downward downwards inside outside sideways left right on"""
)
"""Adverbs that close a phrasal verb: "drive away", "fall down", "turn around"."""

ORDER_WORDS = _words(
    """then next afterwards afterward later finally subsequently first firstly second secondly third thirdly lastly
    before after meanwhile simultaneously eventually thereafter"""
)
"""Adverbs that order events; they become edges, not nodes."""

THEN_WORDS = _words("then next afterwards afterward later finally subsequently lastly eventually thereafter secondly")
SAME_TIME_WORDS = _words("meanwhile simultaneously")
SAME_TIME_MARKS = _words("while as whilst")
LATER_CLAUSE_MARKS = _words("before until till")
EARLIER_CLAUSE_MARKS = _words("after once when")

DEGREE_WORDS = _words(
    """very too so quite really rather pretty extremely slightly somewhat super more most less least almost nearly fairly
    a little bit just only also even still already now here there where when why how however therefore thus maybe
    perhaps probably well-nigh about approximately roughly all both either neither else as not n't never yet always"""
)
"""Adverbs that are neither a manner nor a count; left out of normal forms."""

NEGATIONS = _words("not n't never nt")

MANNER_NOUNS = _words(
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

TIME_NOUNS = _words(
    """morning afternoon evening night day noon midnight today tonight tomorrow yesterday week month year summer winter
    autumn spring hour minute second moment time while sunset sunrise dusk dawn daytime monday tuesday wednesday
    thursday friday saturday sunday"""
)
"""Nouns that make a phrase say when."""

LINK_VERBS = _words("be look seem appear feel remain stay sound smell taste")
"""Verbs that only join a subject to an adjective."""

TRANSITIVE_VERBS = _words(
    """hold wash throw push pull carry kick hit cut chop peel catch touch wear use take put grab lift dry clean wipe
    fold pour stir mix slice dice chase follow hug kiss open close shut bring place pick raise lower fix repair build
    make squeeze crush bounce grate season rinse drop remove"""
)
"""Verbs that want an object: with none of their own they share that of the verb they are coordinated with."""

POSTURE_VERBS = _words("sit lay lie hang look stand bend kneel fall")
"""Verbs whose particle adds little before a preposition: "sit down on", "hang up on"."""

HOLDING_VERBS = _words("wear have")
"""Verbs whose object, not whose subject, is where a phrase after it says."""

BEING_ACTS = _words(
    """talk eat drink walk ride sit stand wear hold play look smile run jump watch read sleep surf ski skate skateboard
    snowboard throw catch hit swing drive carry work speak cook use take lean pose kneel crouch squat swim dance sing
    laugh push pull point wave cut prepare feed pet kick lie lay bend reach try get"""
)
"""What beings do and their clothes do not."""

STATE_VERBS = _words(
    "cover surround fill attach connect park locate decorate stack mount tie wrap line top equip load cram pile litter"
)
"""Verbs whose past form after a noun says how it is, where they have no object: "hill covered in trees"."""

GARMENTS = _words(
    """shirt t-shirt tee-shirt tshirt polo blouse sweater sweatshirt hoodie jacket coat vest suit tuxedo dress gown skirt
    robe apron uniform jersey outfit costume clothes clothing wetsuit swimsuit bikini trunks pants jeans shorts trousers
    leggings overalls pajamas shoe boot sneaker sandal sock glove mitten hat cap helmet beanie hood scarf tie bowtie belt
    glasses sunglasses goggles headband top"""
)
"""What is worn: "a man in a hat" wears it; a garment does nothing itself."""

SIGHT_VERBS = _words("see show locate situate picture depict display")
"""Verbs whose passive only places something: "a dog can be seen in the yard" is a dog in the yard."""

COVER_PREPOSITIONS = _words("with in by")
"""What "is covered" takes before that which covers."""

SKIPPED_ADJECTIVES = _words(
    "other several many few more same own such various certain most much another else only whole entire"
)
"""Adjectives that are determiners in all but name."""

PARTICIPLE_PREPOSITIONS = _words("including according following regarding concerning depending")

SHADES = _words("dark light bright pale deep")
"""Words that belong to the colour after them."""

COLOURS = _words(
    """red green blue yellow orange purple pink brown black white gray grey silver gold golden beige tan cyan magenta
    turquoise violet teal maroon navy cream blonde blond"""
)

MATERIALS = _words(
    """metal wood wooden brick stone concrete plastic leather steel iron cotton wool woolen rubber marble cement glass
    ceramic denim porcelain aluminum granite clay straw silk chrome copper bronze rock dirt velvet flannel wicker cloth
    linen lace pine oak cardboard paper"""
)

LOOKS = _words("colored coloured shaped looking sized patterned toned haired headed sleeved legged eyed")
"""Participles that form an adjective with the word before them: "dark colored", "heart shaped"."""

NOUN_ATTRIBUTES = (COLOURS | MATERIALS) - _words("cream gold")
"""Nouns that, before another noun, are its attribute rather than part of its name."""

NOT_COLOURED = _words("juice tree peel slice soda cream medal wine towel bag cup climbing clip")
"""Nouns before which a colour word is part of the name: "orange juice"."""

_NUMERALS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""

SHAPES = _words(
    "circle square triangle rectangle ball cube star disc disk ring diamond cross oval heart hexagon pentagon"
)
"""Shapes that are actors; the parser often takes them for part of the name of the verb after them."""

DRINKS = _words("wine beer water champagne shot drinking cocktail juice milk")

PLURALS_ONLY = _words(
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

REFLEXIVES = _words("himself herself itself themselves myself ourselves yourself")

INDEFINITE_PRONOUNS = _words(
    "someone somebody something anyone anybody anything everyone everybody everything nobody nothing"
)

DUMMY_SUBJECTS = _words("it this that these those there here what who which")
"""Subjects that name nothing before a copula and a noun: "this is a dog"."""

WEATHER_VERBS = _words("rain snow hail thunder drizzle storm")

MALE = _words("man boy guy gentleman father dad husband son brother uncle grandfather king actor waiter groom male lad")
FEMALE = _words(
    """woman girl lady mother mom wife daughter sister aunt grandmother queen actress waitress bride female lass"""
)
PERSONS = _words(
    """person child kid baby toddler teenager adult player chef cook rider skier surfer snowboarder skateboarder dancer
    singer driver teacher student doctor nurse officer athlete gymnast host speaker worker runner swimmer pedestrian
    passenger customer friend people coach referee batter pitcher catcher goalie cyclist biker climber performer
    musician guitarist drummer cowboy policeman fireman soldier diver fisherman instructor barber artist reporter"""
)
PART_OWNERS = {
    "branch": _words("tree bush"), "limb": _words("tree"), "wing": _words("plane airplane jet bird"),
    "engine": _words("plane airplane jet"), "window": _words("car bus truck train"), "door": _words("car bus truck train"),
    "wheel": _words("car bus truck train bike bicycle motorcycle"), "leg": _words("table chair bench"),
    "frame": _words("door window"),
}  # fmt: skip
"""Parts, and the things whose part they are when named together: "tree branch" is a branch that a tree has."""

SIDES = _words("left right front back rear")
SIDED = _words(
    """hand hands arm arms leg legs foot feet eye eyes ear ears paw paws wing wings knee shoulder hoof side sides wheel
    wheels tire tires window windows windshield door doors light lights seat seats wall yard porch"""
)
"""Things of which "left" or "front" names one, as in "left hand"."""

BODY_PARTS = _words(
    """head face eye ear nose mouth lip tongue tooth neck hair mane beard arm elbow hand finger leg knee foot toe paw
    hoof tail trunk tusk horn fur back chest shoulder body beak feather claw skin belly"""
)

ANIMALS = _words(
    """dog cat horse cow bird sheep goat pig bear elephant giraffe zebra lion tiger monkey puppy kitten duck chicken
    rabbit mouse fish squirrel deer panda penguin turtle bull"""
)
COLLECTIVES = _words("crowd family team couple group audience band class herd flock crew police people pair")

DETERMINERS = _words(
    """a an the this that these those some any each every both all another his her its their my your our no several
    many few"""
)

DEFINITE_DETERMINERS = _words("the this that these those his her its their")

PREPOSITIONS = _words(
    """about above across after against along alongside among around at atop away before behind below beneath beside
    between beyond by close down during for from in inside into like near of off on onto opposite out outside over past
    through to toward towards under underneath up upon with within without next"""
)
"""First words of predicates that are no verbs."""

KITCHEN_VERBS = _words(
    """add chop peel slice dice mince grate mix stir pour boil fry cook bake season sprinkle combine whisk melt garnish
    preheat simmer saute marinate knead"""
)

GERUND_NOUNS = _words(
    """building painting railing ceiling clothing wedding bedding icing frosting crossing landing awning siding flooring
    lighting string ring king wing spring thing morning evening opening drawing writing lettering stuffing topping
    dressing parking dwelling piping tubing covering paneling filling seating carving marking housing earring wrapping
    stocking pudding swing sling fencing molding padding seasoning shaving"""
)
"""Things whose name looks like a verb's."""

FIXED_NAMES = {
    "stop": _words("sign signs light lights"), "living": _words("room rooms area"), "polar": _words("bear bears"),
    "french": _words("fry fries toast door doors"), "remote": _words("control controls controller controllers"),
    "light": _words("post posts pole poles fixture fixtures bulb bulbs switch switches"), "back": _words("pack packs"),
    "high": _words("chair chairs chairs heel heels"), "hot": _words("dog dogs"), "dining": _words("room table tables"),
    "cutting": _words("board boards"), "parking": _words("lot lots meter meters garage space spaces"),
    "swimming": _words("pool pools"), "trash": _words("can cans bag bags bin bins"), "garbage": _words("can cans bag bin"),
    "teddy": _words("bear bears"), "fire": _words("hydrant hydrants truck trucks place extinguisher escape"),
    "washing": _words("machine machines"), "sleeping": _words("bag bags"), "rolling": _words("pin pins"),
    "frying": _words("pan pans"), "baking": _words("sheet pan dish tray"), "mixing": _words("bowl bowls"),
    "running": _words("shoe shoes"), "walking": _words("stick"), "sewing": _words("machine"), "home": _words("plate"),
    "stuffed": _words("animal animals"), "side": _words("walk table mirror mirrors"), "life": _words("jacket jackets vest"),
}  # fmt: skip
"""Names of two words whose first one looks like an adjective or a verb, or whose second one does."""

OPENING_WORDS = _words(
    """and or but if is are was were be been am there here what who whose where how which when why while as once then
    first next finally do does did can could will would should may might must has have had let not never please someone
    somebody something anyone nobody nothing lots plenty half most such so too both either neither none today now look"""
)
"""Words that open a sentence without being, or describing, a noun."""

INSTRUCTIONS = TRANSITIVE_VERBS - _words("place clean dry open lower raise brush") | _words(
    """add combine beat whisk blend heat preheat boil simmer fry saute roast grill bake cook toast melt drain strain
    serve garnish sprinkle drizzle spread dip flip sift knead marinate transfer turn go come stop start keep repeat
    insert attach press click tie untie shake hang allow leave wait begin continue follow give show tell ask help
    enjoy get set arrange layer reserve cool refrigerate dissolve soak shape sew unscrew screw assemble measure"""
)
"""Verbs that open an instruction: "add onions to the pan"."""

SYMMETRIC_PREDICATES = frozenset(
    {"next to", "near", "beside", "with", "by", "close to", "opposite", "alongside", "have", "far from"}
) | _words("meet resemble match touch among")
"""Predicates that say the same, or nothing, with their ends exchanged."""

SYNONYMS = (
    _words("near beside by alongside") | {"next to", "close to"},
    _words("on upon atop") | {"on top of"},
    _words("in inside within into"),
    _words("above over"),
    _words("under below beneath underneath"),
    _words("jump leap hop"),
    _words("run sprint jog"),
    _words("look watch see view") | {"look at"},
    _words("hold carry grasp") | {"pick up"},
    _words("push shove"),
    _words("follow chase pursue"),
    _words("throw toss"),
    _words("speak talk"),
    _words("quickly fast rapidly swiftly hastily speedily hurriedly"),
    _words("slowly gradually leisurely"),
    _words("gently softly"),
    _words("carefully cautiously"),
    _words("big large huge"),
    _words("small little tiny"),
    _words("gray grey"),
    _words("near nearby"),
)
"""Words that must not replace one another in an edited caption, for the caption would stay true."""

ATTRIBUTE_CLASSES = {
    "colour": COLOURS,
    "material": MATERIALS,
    "size": _words("big small large little tiny huge tall short long wide narrow thick thin giant"),
    "shape": _words("round square rectangular triangular circular oval flat curved"),
    "pattern": _words("striped spotted checkered plaid dotted plain floral patterned solid textured"),
    "age": _words("old young new elderly ancient modern"),
    "number": frozenset(NUMBERS.values()),
    "state": _words("open closed empty full wet dry clean dirty hot cold broken"),
}
"""Classes inside which one attribute replaces another."""
