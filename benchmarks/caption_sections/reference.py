"""Our caption metrics beside coco-caption's own code, Java included where there is one."""

import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from time import process_time

import numpy as np

from caption_sections.texts import captioned, captions
from finsta.metrics.captions import CaptionScores, bleu, cider, evaluate_captions, rouge_l, tokenize
from finsta.metrics.captions.evaluation import METEOR, METEOR_PART
from finsta.metrics.captions.paraphrases import paraphrase_table
from finsta.metrics.captions.tokens import PUNCTUATION
from finsta.models import wordnet_path
from measuring import Row, Settings


def package() -> Path | None:
    """The folder of an installed pycocoevalcap."""
    found = find_spec("pycocoevalcap")
    return Path(next(iter(found.submodule_search_locations))) if found and found.submodule_search_locations else None


def tokens(settings: Settings) -> list[Row]:
    """Captions whose tokens differ from those of Stanford's tokenizer."""
    folder = package()
    if folder is None or shutil.which("java") is None:
        return [Row(what="tokens", ours="skipped: needs java and pycocoevalcap")]
    texts = captions()[: 200 if settings.quick else None]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("\n".join(texts) + "\n")
        file.flush()
        jar = str(folder / "tokenizer" / "stanford-corenlp-3.4.1.jar")
        command = [
            "java",
            "-cp",
            jar,
            "edu.stanford.nlp.process.PTBTokenizer",
            "-preserveLines",
            "-lowerCase",
            file.name,
        ]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    expected = [[word for word in line.rstrip().split(" ") if word and word not in PUNCTUATION] for line in lines]
    start = process_time()
    found = [tokenize(text) for text in texts]
    seconds = process_time() - start
    wrong = sum(ours != theirs for ours, theirs in zip(found, expected, strict=False))
    share = 1000 * wrong / len(texts)
    speed = f"{len(texts) / seconds:,.0f} captions/s"
    return [Row(what="captions with other tokens", ours=f"{wrong} of {len(texts):,}, {speed}", other="Stanford 3.4.1",
                ratio=share, wanted="≤ 1.0")]  # fmt: skip


def python(settings: Settings) -> list[Row]:
    """BLEU, ROUGE-L and CIDEr-D beside the pure-Python part of coco-caption; the ratio is the largest difference."""
    if package() is None:
        return [Row(what="BLEU, ROUGE-L, CIDEr-D", ours="skipped: pip install --no-deps pycocoevalcap==1.2")]
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    candidates, references = _tokenized(50 if settings.quick else 1000)
    theirs = {number: [" ".join(text) for text in several] for number, several in enumerate(references)}
    ours = {number: [" ".join(text)] for number, text in enumerate(candidates)}
    expected, items = Bleu(4).compute_score(theirs, ours, verbose=0)
    rows = [_row(f"BLEU-{n + 1}", score, expected[n], items[n]) for n, score in enumerate(bleu(candidates, references))]
    for name, score, scorer in (("ROUGE-L", rouge_l, Rouge()), ("CIDEr-D", cider, Cider())):
        corpus, single = scorer.compute_score(theirs, ours)
        rows.append(_row(name, score(candidates, references), corpus, single))
    return rows


def meteor(settings: Settings) -> list[Row]:
    """METEOR with and without paraphrases beside the Java program; the ratio is the largest difference."""
    folder, wordnet = package(), wordnet_path()
    if folder is None or shutil.which("java") is None or wordnet is None:
        return [Row(what="METEOR", ours="skipped: needs java, pycocoevalcap and WordNet")]
    candidates, references = _tokenized(20 if settings.quick else 1000)
    texts = [" ".join(text) for text in candidates], [[" ".join(text) for text in several] for several in references]
    rows = []
    for name, table, modules in (
        (METEOR_PART, None, ["-m", "exact stem synonym"]), (METEOR, paraphrase_table(), []),
    ):  # fmt: skip
        start = process_time()
        found = evaluate_captions(*texts, wordnet=wordnet, paraphrases=table).scores[name]
        seconds = process_time() - start
        corpus, items = _java(folder, *texts, modules)
        rows.append(_row(f"{name} ({seconds:.0f} s)", found, corpus, items))
    return rows


def _java(
    folder: Path, candidates: list[str], references: list[list[str]], modules: list[str]
) -> tuple[float, list[float]]:
    command = ["java", "-Xmx2G", "-jar", "meteor-1.5.jar", "-", "-", "-stdio", "-l", "en", "-norm", *modules]
    lines = [" ||| ".join(["SCORE", *several, text]) for text, several in zip(candidates, references, strict=True)]
    place = folder / "meteor"
    first = subprocess.run(
        command, cwd=place, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True
    )  # fmt: skip
    counts = [line for line in first.stdout.splitlines() if line.strip()]
    second = subprocess.run(
        command, cwd=place, input="EVAL ||| " + " ||| ".join(counts) + "\n", capture_output=True, text=True, check=True
    )
    figures = [float(line) for line in second.stdout.split()]
    return figures[-1], figures[:-1]


def _tokenized(items: int) -> tuple[list[list[str]], list[list[list[str]]]]:
    candidates, references = captioned(items)
    tokenized = [tokenize(text) for text in candidates], [[tokenize(text) for text in many] for many in references]
    kept = [(text, [other for other in many if other]) for text, many in zip(*tokenized, strict=True) if text]
    ours, theirs = zip(*[(text, many) for text, many in kept if many], strict=True)
    return list(ours), list(theirs)


def _row(name: str, found: CaptionScores, corpus: float, items: object) -> Row:
    apart = max(abs(found.corpus - corpus), float(np.abs(found.items - np.array(items)).max()))
    return Row(
        what=f"{name}, {len(found.items)} captions", ours=f"{100 * found.corpus:.4f}", other=f"{100 * corpus:.4f}",
        ratio=1e9 * apart, wanted="≤ 1.0",
    )  # fmt: skip
