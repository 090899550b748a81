"""Words for the things that detectors name: what a "rider" or a "puppy" is to a model that knows COCO-80.

Hand-made and small on purpose. Words that are in no table are left to a similarity that learned them.
"""


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_KINDS = {
    "person": "man woman boy girl child kid baby toddler infant guy lady gentleman adult teenager human pedestrian "
    "rider cyclist biker motorcyclist skater skateboarder skier snowboarder surfer swimmer runner jogger walker dancer "
    "singer musician guitarist drummer actor actress player athlete wrestler boxer golfer goalkeeper referee "
    "coach driver passenger worker cook chef waiter waitress baker farmer fisherman hiker climber tourist "
    "traveler student teacher doctor nurse policeman officer soldier firefighter reporter anchor host speaker "
    "presenter judge model bride groom mother father mom dad son daughter brother sister parent grandmother "
    "grandfather husband wife friend someone somebody anyone everyone individual performer artist painter "
    "customer shopper spectator he she him her chief boss competitor contestant gymnast acrobat cowboy astronaut "
    "clown king queen prince princess",
    "bicycle": "bike cycle pushbike tandem",
    "car": "automobile auto taxi cab sedan suv jeep convertible hatchback coupe limousine limo van minivan pickup "
    "racecar",
    "motorcycle": "motorbike scooter moped dirtbike",
    "airplane": "aeroplane plane aircraft jet airliner jetliner",
    "bus": "coach minibus trolleybus autobus",
    "train": "tram locomotive subway metro streetcar railcar",
    "truck": "lorry pickup van trailer semi",
    "boat": "ship canoe kayak yacht raft ferry sailboat rowboat gondola dinghy speedboat vessel",
    "traffic light": "stoplight semaphore",
    "fire hydrant": "hydrant",
    "bench": "pew",
    "bird": "duck goose swan pigeon seagull gull parrot eagle hawk owl chicken hen rooster sparrow crow penguin "
    "ostrich turkey flamingo peacock",
    "cat": "kitten kitty tabby",
    "dog": "puppy pup doggy hound poodle terrier retriever labrador bulldog husky corgi beagle dachshund",
    "horse": "pony stallion mare foal colt mustang",
    "sheep": "lamb ram ewe goat",
    "cow": "bull ox calf cattle buffalo bison steer",
    "bear": "grizzly panda cub",
    "backpack": "rucksack knapsack",
    "umbrella": "parasol",
    "handbag": "purse tote",
    "tie": "necktie",
    "suitcase": "luggage",
    "skis": "ski",
    "sports ball": "ball football basketball volleyball baseball soccerball",
    "baseball bat": "bat",
    "baseball glove": "mitt",
    "tennis racket": "racket racquet",
    "bottle": "flask",
    "wine glass": "goblet wineglass glass",
    "cup": "mug teacup glass",
    "knife": "blade cleaver",
    "bowl": "basin",
    "hot dog": "hotdog frankfurter",
    "sandwich": "burger hamburger sub panini",
    "donut": "doughnut",
    "cake": "cupcake cheesecake pie",
    "chair": "armchair stool seat recliner",
    "couch": "sofa settee loveseat",
    "potted plant": "plant houseplant flowerpot",
    "bed": "mattress bunk cot",
    "dining table": "table desk counter",
    "tv": "television monitor screen",
    "laptop": "computer notebook",
    "remote": "controller",
    "cell phone": "phone smartphone telephone mobile cellphone iphone",
    "refrigerator": "fridge freezer",
    "oven": "stove cooker",
    "book": "magazine novel textbook",
    "clock": "watch",
    "teddy bear": "teddy",
    "hair drier": "hairdryer blowdryer",
    "circle": "ball disc disk dot sphere",
    "square": "box block cube",
    "triangle": "pyramid",
}
"""Label → its synonyms and kinds, single words."""

_PHRASES = {
    "person": ("police officer", "football player", "cartoon character"),
    "sports ball": ("soccer ball", "tennis ball", "golf ball", "beach ball"),
    "airplane": ("air plane",),
    "truck": ("fire truck", "fire engine"),
    "teddy bear": ("stuffed animal", "stuffed bear"),
    "remote": ("remote control", "game controller"),
    "tv": ("tv monitor", "tvmonitor"),
    "potted plant": ("pottedplant", "house plant"),
    "dining table": ("diningtable",),
    "hair drier": ("hair dryer",),
}

_COCO = (
    "person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,parking meter,"
    "bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,"
    "skis,snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,"
    "cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,"
    "potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,"
    "refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush"
)
COCO_LABELS = tuple(_COCO.split(","))
"""The eighty classes of COCO."""

GROUPS = {
    "people": ("person",),
    "crowd": ("person",),
    "group": ("person",),
    "team": ("person",),
    "family": ("person",),
    "couple": ("person",),
    "audience": ("person",),
    "band": ("person",),
    "they": ("person",),
    "vehicle": ("car", "truck", "bus", "motorcycle", "bicycle", "train", "boat", "airplane"),
    "traffic": ("car", "truck", "bus", "motorcycle"),
    "animal": ("bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"),
    "pet": ("cat", "dog", "bird"),
    "fruit": ("banana", "apple", "orange"),
    "vegetable": ("broccoli", "carrot"),
    "food": ("banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake"),
    "meal": ("sandwich", "pizza", "hot dog"),
    "furniture": ("chair", "couch", "bed", "dining table", "bench"),
    "bag": ("backpack", "handbag", "suitcase"),
    "board": ("skateboard", "surfboard", "snowboard"),
    "toy": ("teddy bear", "kite", "frisbee", "sports ball"),
    "dish": ("bowl",),
    "flower": ("potted plant", "vase"),
    "shape": ("circle", "square", "triangle", "star", "cross", "heart", "diamond"),
}
"""General words → the labels that they cover."""

STATIONARY = _words(
    "sky cloud sun grass field meadow street road path sidewalk ground floor ceiling wall room kitchen house building "
    "tree forest wood mountain hill beach sea ocean lake river park city town village bridge fence door window stage "
    "pool court track snow sand background scene place area piano table bed couch sofa bench refrigerator oven sink "
    "toilet furniture sign hydrant meter"
)
"""Things that do not move by themselves: a region that moves is not one of them."""

OTHER = _words(
    "piano guitar violin drum trumpet flute instrument microphone helmet hat shirt dress shoe jacket glasses hand arm "
    "leg foot head face hair eye mouth finger nose tail wheel engine tiger lion wolf fox rabbit squirrel monkey snake "
    "fish shark whale dolphin frog turtle insect butterfly bee spider robot tractor helicopter rocket drone "
    "onion tomato potato pepper garlic cheese egg meat bread rice pasta noodle soup salad sauce oil water milk juice "
    "coffee tea beer wine pan pot plate tray lid paper pen pencil paint camera lamp light candle mirror towel pillow "
    "blanket curtain rope ladder tool hammer saw gun sword stick ring flag balloon music song video game word letter "
    "card money coin basket bucket ice fire smoke hand stroller lawnmower wheelchair"
) | (STATIONARY - {"table", "bed", "couch", "sofa", "bench", "refrigerator", "oven", "sink", "toilet", "furniture"})
"""Words whose meaning is known and is none of the labels."""

MALE = _words("man boy guy gentleman actor waiter father dad son brother grandfather husband groom king he him")
FEMALE = _words("woman girl lady actress waitress mother mom daughter sister grandmother wife bride queen she her")

GENERIC_LABELS = frozenset({"moving object", "object", "moving region", "region", "thing"})
"""What class-agnostic detectors say."""

IRREGULAR = {
    "men": "man",
    "women": "woman",
    "children": "child",
    "people": "people",
    "geese": "goose",
    "knives": "knife",
    "wolves": "wolf",
    "buses": "bus",
    "glasses": "glass",
    "skis": "skis",
    "scissors": "scissors",
    "oxen": "ox",
    "feet": "foot",
    "mice": "mouse",
    "persons": "person",
    "leaves": "leaf",
    "dishes": "dish",
}

COLOURS = {
    "red": "crimson scarlet maroon ruby",
    "orange": "amber",
    "yellow": "golden gold blond blonde",
    "green": "lime olive emerald",
    "cyan": "turquoise teal aqua",
    "blue": "navy azure",
    "purple": "violet magenta lilac lavender",
    "pink": "rose",
    "brown": "tan bronze chestnut",
    "black": "dark",
    "gray": "grey silver",
    "white": "ivory bright",
    "beige": "cream",
}
DETERMINERS = _words("a an the this that these those some his her its their my your one two three four")
SIZES = {"small": "little tiny mini short", "large": "big huge giant tall enormous great", "medium": ""}
TEXTURES = {"plain": "solid", "striped": "stripy", "dotted": "spotted polka-dot", "checkered": "checked"}
STATES = {"moving": "running walking driving", "still": "standing sitting parked stationary motionless static"}

NEAR_COLOURS = frozenset(
    frozenset(pair.split("-"))
    for pair in _words(
        "red-orange red-pink red-brown orange-yellow orange-brown yellow-beige green-cyan cyan-blue "
        "blue-purple purple-pink brown-beige brown-black black-gray gray-white white-beige gray-blue beige-gray"
    )
)
"""Names that two observers give the same thing."""


def _concepts() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for label in (*COCO_LABELS, *_KINDS, "star", "cross", "heart", "diamond"):
        found.setdefault(label, set()).add(label)
    for label, words in _KINDS.items():
        for word in (*words.split(), *_PHRASES.get(label, ())):
            found.setdefault(word, set()).add(label)
    return {word: frozenset(labels) for word, labels in found.items()}


CONCEPTS: dict[str, frozenset[str]] = _concepts()
"""Word → the labels it is, or is a kind of."""
