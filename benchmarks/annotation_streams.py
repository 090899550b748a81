"""How the streamed reader of long JSON arrays compares: with ``json.load``, and with ``ijson`` where it is installed.

    python benchmarks/annotation_streams.py [--megabytes 64]

Writes a file in the layout of Visual Genome's ``relationships.json``, reads it in a process of its own by each way, and
prints seconds and the peak of memory beyond an idle process. Ends with 1 if the stream needs more than a twentieth of
the memory of ``json.load``, or more than one and a half times its time.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

WAYS = {
    "json.load": "import json; print(sum(len(i['relationships']) for i in json.load(open(path, encoding='utf-8'))))",
    "stream_array": (
        "from finsta.data.documents.json_stream import stream_array; "
        "print(sum(len(i['relationships']) for i in stream_array(Path(path))))"
    ),
    "ijson": (
        "import ijson; print(ijson.backend); "
        "print(sum(len(i['relationships']) for i in ijson.items(open(path, 'rb'), 'item', use_float=True)))"
    ),
}
PROGRAM = """
import resource, sys, time
from pathlib import Path
{imports}
path = sys.argv[1]
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.process_time()
{body}
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle)
"""


def write_relationships(path: Path, megabytes: int) -> int:
    """Images of 20 relations each until the file is so large; returns their number."""
    size, images = 0, 0
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        while size < megabytes * 1_000_000:
            box = {"object_id": images, "x": 1, "y": 2, "w": 30, "h": 40, "name": "some object", "synsets": ["x.n.01"]}
            ends = {"subject": box, "object": box}
            known = {"predicate": "on", "synsets": ["on.r.01"]} | ends
            relations = [known | {"relationship_id": 20 * images + number} for number in range(20)]
            size += file.write(("," if images else "") + json.dumps({"image_id": images, "relationships": relations}))
            images += 1
        file.write("]")
    return images


def measure(way: str, path: Path) -> tuple[float, float]:
    """Seconds of processor time, and megabytes beyond idle."""
    imports, _, body = WAYS[way].partition("; ") if way != "json.load" else ("import json", "", WAYS[way][13:])
    program = PROGRAM.format(imports=imports, body=body)
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    seconds, kilobytes = done.stdout.split()[-2:]
    return float(seconds), float(kilobytes) / 1000


def main() -> int:
    """Print the table; 1 if a bound is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=int, default=64)
    megabytes = options.parse_args().megabytes
    ways = [way for way in WAYS if way != "ijson" or find_spec("ijson")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "relationships.json"
        images = write_relationships(path, megabytes)
        found = {way: measure(way, path) for way in ways}
    print(f"{megabytes} MB, {images} images")
    print(f"{'way':<14}{'seconds':>9}{'of json.load':>14}{'MB':>9}{'of json.load':>14}")
    base = found["json.load"]
    for way, (seconds, memory) in found.items():
        print(f"{way:<14}{seconds:>9.2f}{seconds / base[0]:>14.2f}{memory:>9.1f}{memory / base[1]:>14.3f}")
    seconds, memory = found["stream_array"]
    missed = memory > base[1] / 20 or seconds > 1.5 * base[0]
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
