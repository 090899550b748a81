"""How large things of a class usually are: what makes one of them large or small for its kind."""

_METRES = """
person 1.0, bicycle 1.2, car 2.2, motorcycle 1.4, airplane 20, bus 5, train 10, truck 4, boat 5, traffic light 0.5,
fire hydrant 0.5, stop sign 0.7, parking meter 0.6, bench 1.2, bird 0.25, cat 0.35, dog 0.6, horse 1.8, sheep 0.9,
cow 1.8, elephant 3.5, bear 1.5, zebra 1.7, giraffe 2.5, backpack 0.4, umbrella 0.9, handbag 0.3, tie 0.25,
suitcase 0.6, frisbee 0.25, skis 1.0, snowboard 0.8, sports ball 0.22, kite 1.0, baseball bat 0.4, baseball glove 0.25,
skateboard 0.5, surfboard 1.2, tennis racket 0.45, bottle 0.15, wine glass 0.14, cup 0.1, fork 0.1, knife 0.1,
spoon 0.1, bowl 0.15, banana 0.12, apple 0.08, sandwich 0.12, orange 0.08, broccoli 0.12, carrot 0.1, hot dog 0.12,
pizza 0.3, donut 0.1, cake 0.25, chair 0.7, couch 1.4, potted plant 0.6, bed 1.8, dining table 1.3, toilet 0.6, tv 0.8,
laptop 0.35, mouse 0.08, remote 0.1, keyboard 0.3, cell phone 0.1, microwave 0.45, oven 0.7, toaster 0.3, sink 0.5,
refrigerator 1.2, book 0.2, clock 0.3, vase 0.25, scissors 0.12, teddy bear 0.35, hair drier 0.2, toothbrush 0.1
"""

TYPICAL: dict[str, float] = {
    name: float(metres)
    for name, metres in (entry.strip().rsplit(" ", 1) for entry in _METRES.replace("\n", " ").split(","))
}
"""Square root of what one sees of a thing of each COCO class, width times height, in metres; our own estimates."""
