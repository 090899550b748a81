"""Word lists for captions: what opens them, what is worn, which words the small parser mistakes; lemmas."""

from finsta.text.lexicon import TRANSITIVE_VERBS, words

OPENING_WORDS = words(
    """and or but if is are was were be been am there here what who whose where how which when why while as once then
    first next finally do does did can could will would should may might must has have had let not never please
    someone somebody something anyone nobody nothing lots plenty half most such so too both either neither none today
    now look"""
)
"""Words that open a sentence without being, or describing, a noun."""

INSTRUCTIONS = TRANSITIVE_VERBS - words("place clean dry open lower raise brush") | words(
    """add combine beat whisk blend heat preheat boil simmer fry saute roast grill bake cook toast melt drain strain
    serve garnish sprinkle drizzle spread dip flip sift knead marinate transfer turn go come stop start keep repeat
    insert attach press click tie untie shake hang allow leave wait begin continue follow give show tell ask help
    enjoy get set arrange layer reserve cool refrigerate dissolve soak shape sew unscrew screw assemble measure"""
)
"""Verbs that open an instruction: "add onions to the pan"."""

KITCHEN_VERBS = words(
    """add chop peel slice dice mince grate mix stir pour boil fry cook bake season sprinkle combine whisk melt garnish
    preheat simmer saute marinate knead"""
)

GERUND_NOUNS = words(
    """building painting railing ceiling clothing wedding bedding icing frosting crossing landing awning siding flooring
    lighting string ring king wing spring thing morning evening opening drawing writing lettering stuffing topping
    dressing parking dwelling piping tubing covering paneling filling seating carving marking housing earring wrapping
    stocking pudding swing sling fencing molding padding seasoning shaving"""
)
"""Things whose name looks like a verb's."""

FIXED_NAMES = {
    "stop": words("sign signs light lights"), "living": words("room rooms area"), "polar": words("bear bears"),
    "french": words("fry fries toast door doors"), "remote": words("control controls controller controllers"),
    "light": words("post posts pole poles fixture fixtures bulb bulbs switch switches"), "back": words("pack packs"),
    "high": words("chair chairs chairs heel heels"), "hot": words("dog dogs"), "dining": words("room table tables"),
    "cutting": words("board boards"), "parking": words("lot lots meter meters garage space spaces"),
    "swimming": words("pool pools"), "trash": words("can cans bag bags bin bins"), "garbage": words("can cans bag bin"),
    "teddy": words("bear bears"), "fire": words("hydrant hydrants truck trucks place extinguisher escape"),
    "washing": words("machine machines"), "sleeping": words("bag bags"), "rolling": words("pin pins"),
    "frying": words("pan pans"), "baking": words("sheet pan dish tray"), "mixing": words("bowl bowls"),
    "running": words("shoe shoes"), "walking": words("stick"), "sewing": words("machine"), "home": words("plate"),
    "stuffed": words("animal animals"), "side": words("walk table mirror mirrors"),
    "life": words("jacket jackets vest"),
}  # fmt: skip
"""Names of two words whose first one looks like an adjective or a verb, or whose second one does."""

LOOKS = words("colored coloured shaped looking sized patterned toned haired headed sleeved legged eyed")
"""Participles that form an adjective with the word before them: "dark colored", "heart shaped"."""

DRINKS = words("wine beer water champagne shot drinking cocktail juice milk")

GARMENTS = words(
    """shirt t-shirt tee-shirt tshirt polo blouse sweater sweatshirt hoodie jacket coat vest suit tuxedo dress gown
    skirt robe apron uniform jersey outfit costume clothes clothing wetsuit swimsuit bikini trunks pants jeans shorts
    trousers leggings overalls pajamas shoe boot sneaker sandal sock glove mitten hat cap helmet beanie hood scarf tie
    bowtie belt glasses sunglasses goggles headband top"""
)
"""What is worn: "a man in a hat" wears it; a garment does nothing itself."""

BODY_PARTS = words(
    """head face eye ear nose mouth lip tongue tooth neck hair mane beard arm elbow hand finger leg knee foot toe paw
    hoof tail trunk tusk horn fur back chest shoulder body beak feather claw skin belly"""
)

PART_OWNERS = {
    "branch": words("tree bush"), "limb": words("tree"), "wing": words("plane airplane jet bird"),
    "engine": words("plane airplane jet"), "window": words("car bus truck train"), "door": words("car bus truck train"),
    "wheel": words("car bus truck train bike bicycle motorcycle"), "leg": words("table chair bench"),
    "frame": words("door window"),
}  # fmt: skip
"""Parts, and the things whose part they are when named together: "tree branch" is a branch that a tree has."""

SIDES = words("left right front back rear")

SIDED = words(
    """hand hands arm arms leg legs foot feet eye eyes ear ears paw paws wing wings knee shoulder hoof side sides wheel
    wheels tire tires window windows windshield door doors light lights seat seats wall yard porch"""
)
"""Things of which "left" or "front" names one, as in "left hand"."""

POSTURE_VERBS = words("sit lay lie hang look stand bend kneel fall")
"""Verbs whose particle adds little before a preposition: "sit down on", "hang up on"."""

HOLDING_VERBS = words("wear have")
"""Verbs whose object, not whose subject, is where a phrase after it says."""

BEING_ACTS = words(
    """talk eat drink walk ride sit stand wear hold play look smile run jump watch read sleep surf ski skate skateboard
    snowboard throw catch hit swing drive carry work speak cook use take lean pose kneel crouch squat swim dance sing
    laugh push pull point wave cut prepare feed pet kick lie lay bend reach try get"""
)
"""What beings do and their clothes do not."""

STATE_VERBS = words(
    "cover surround fill attach connect park locate decorate stack mount tie wrap line top equip load cram pile litter"
)
"""Verbs whose past form after a noun says how it is, where they have no object: "hill covered in trees"."""
