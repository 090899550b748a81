"""The relation score, written with loops."""

import math

import torch


def relation_scores(scorer, states, caption, batcher, subject, target):
    """Logits of no relation, of every relation of the inventory and of every candidate, for one pair."""
    inventory = batcher.vocabulary.inventory
    meanings, candidates = inventory.meanings(caption), inventory.candidates(caption)
    gap = min(max(target - subject, -16), 16) + 16
    pair = scorer.subject(states[subject]) + scorer.object(states[target]) + scorer.distance.weight[gap]
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
        vector = scorer.free[number]
        for word in words:
            vector = vector + scorer.part[inventory.word_number.get(word, 0)] / math.sqrt(len(words))
        logit = meaning @ vector + scorer.bias[number]
        for index, meant in enumerate(meanings):
            if meant & set(words) & set(inventory.words):
                logit = logit + spoken[index]
        missing = sum(1 for word in words if not any(word in meant for meant in meanings))
        logits.append(logit + scorer.missing * missing)
    for candidate in candidates:
        words = candidate.name.split()
        vector = sum(scorer.part[inventory.word_number.get(word, 0)] for word in words) / math.sqrt(len(words))
        logit = meaning @ vector + scorer.candidate_bias
        for place in candidate.places:
            logit = logit + spoken[place]
        logits.append(logit)
    return torch.stack(logits)
