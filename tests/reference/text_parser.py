"""The relation score, written with loops."""

import math

import torch


def relation_scores(scorer, states, caption, batcher, subject, target):
    """Logits of no relation, of every relation of the inventory and of every candidate, for one pair."""
    inventory = batcher.vocabulary.inventory
    meanings, candidates = inventory.meanings(caption), inventory.candidates(caption)
    gap = min(max(target - subject, -16), 16) + 16
    hint = caption.hint.relations.get((subject, target))
    names = [None, *inventory.relations, *(candidate.name for candidate in candidates)]
    said = 2 if hint in names[1:] else 3 if hint else 1 if (target, subject) in caption.hint.relations else 0
    pair = (
        scorer.hint.weight[said]
        + scorer.subject(states[subject])
        + scorer.object(states[target])
        + scorer.distance.weight[gap]
    )
    if said == 2:
        pair = pair + scorer.hinted(_vector(scorer, inventory, hint))
    pair = torch.nn.functional.gelu(pair)
    seek, copy = scorer.question(pair).chunk(2)
    attended, spoken = [], []
    for state in states:
        key, value, part = scorer.word(state).chunk(3)
        attended.append((seek @ key / math.sqrt(scorer.hidden), value))
        spoken.append(copy @ part / math.sqrt(scorer.hidden))
    weights = torch.stack([score for score, _ in attended]).softmax(0)
    seen = sum(weight * value for weight, (_, value) in zip(weights, attended, strict=True))
    meaning = torch.nn.functional.gelu(scorer.join(torch.cat([pair, seen])))
    logits = [scorer.none(meaning)[0]]
    for number, name in enumerate(inventory.relations):
        words = name.split()
        logit = meaning @ _vector(scorer, inventory, name) + scorer.bias[number]
        for index, meant in enumerate(meanings):
            if meant & set(words) & set(inventory.words):
                logit = logit + spoken[index]
        missing = sum(1 for word in words if not any(word in meant for meant in meanings))
        logits.append(logit + scorer.missing * missing)
    for candidate in candidates:
        logit = meaning @ _vector(scorer, inventory, candidate.name) + scorer.candidate_bias
        for place in candidate.places:
            logit = logit + spoken[place]
        logits.append(logit)
    if said == 2:
        logits[names.index(hint)] = logits[names.index(hint)] + scorer.trust(meaning)[0]
    return torch.stack(logits)


def _vector(scorer, inventory, name):
    words = name.split()
    vector = scorer.free[inventory.number[name]] if name in inventory.number else 0
    for word in words:
        vector = vector + scorer.part[inventory.word_number.get(word, 0)] / math.sqrt(len(words))
    return vector
