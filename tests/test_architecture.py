"""The rooms import one way, and `import finsta` stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import finsta

ROOT = Path(finsta.__file__).parent
ORDER = [
    "errors", "quiet", "shapes", "config_transfer", "config", "config_fine_tune", "presets", "graphs", "models",
    "sentences", "text", "metrics", "video", "link", "parsing", "corpus", "query", "encoders", "alignment", "data",
    "transfer", "grounding", "tasks", "training", "viewer", "experiments", "command_line", "__init__", "__main__",
]  # fmt: skip
HEAVY = {
    "torch",
    "transformers",
    "spacy",
    "cv2",
    "av",
    "scipy",
    "accelerate",
    "scenedetect",
    "jinja2",
    "pyarrow",
    "duckdb",
    "ray",
}


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    modules += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return {module.split(".")[1] for module in modules if module.startswith("finsta.")}


def test_every_room_is_in_the_order():
    assert {room(path) for path in ROOT.rglob("*.py")} <= set(ORDER)


def test_rooms_import_only_from_rooms_before_them():
    wrong = [
        f"{path.relative_to(ROOT)} imports {other}"
        for path in ROOT.rglob("*.py")
        for other in imported_rooms(path)
        if ORDER.index(other) > ORDER.index(room(path))
    ]
    assert wrong == []


def test_the_viewer_knows_graphs_only():
    others = set().union(*(imported_rooms(path) for path in (ROOT / "viewer").rglob("*.py")))
    assert others <= {"viewer", "graphs", "errors", "shapes"}


def test_import_and_command_line_load_nothing_heavy():
    code = "import sys, finsta, finsta.command_line.main; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert HEAVY & set(loaded) == set()


def test_every_public_name_can_be_had():
    assert all(getattr(finsta, name) is not None for name in finsta.__all__)
