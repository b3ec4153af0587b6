"""Our own lints and figures: what imports, types and ruff cannot hold.

``python tools/house.py`` lists every fault and fails if there is one; ``--figures`` prints the sizes and ratios that the
house promises. Each lint is a function of a path and its text, and has a good and a bad sample in ``tests/house``.
"""

import argparse
import ast
import io
import re
import statistics
import sys
import tokenize
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_MODULE_LINES, MAX_FUNCTION_LINES = 500, 60
MAX_TEMPLATE_LINE_CHARACTERS = 160
MAX_FILES_IN_FOLDER = 20
# Importing whole databases and making data for benches happens before there is a caller whose rule could be asked.
WITHOUT_CALLER = ("payload_import", "bench")
ROOMS_WITH_TABLES = ("areas", "cms", "retrieval", "search", "transfer", "jobs", "upkeep")
ROOMS_WITH_PAGES = ("web", "api", "config", "backoffice")
AREAS = (
    "accounts analytics billing companions creators help keys knowledge legal notifications wellbeing".split()  # noqa: SIM905
)

BACK_DOOR = re.compile(r"\.(objects|_default_manager|_base_manager)\b")
# A table of an area or of retrieval, as Django names it, within a statement.
TABLE_NAME = re.compile(rf"\b(FROM|JOIN|INTO|UPDATE|TABLE|ON)\s+({'|'.join(AREAS)}|retrieval)_[a-z_]+")
PAGE_ADDRESS = re.compile(
    r"^/(chats|bots|lore|memories|personas|presets|keys|account|import|search|login|register)(/|\?|$)"
)
VAGUE_MODULES = {"utils", "helpers", "common", "manager", "base", "misc"}
BANNED_PREFIXES = ("MOST_", "LONGEST_", "LEAST_", "LARGEST_")
# Words of a dialect that we spoke once; each has a usual word (docs/glossary.md).
BANNED_WORDS = frozenset(
    """
    told begun asked insist dressed giving_way gave_way may_knock knock wear_persona hang_on_chat put_on take_up give_up
    endings finding mending bringing taking_along arrival near_scores remembered_parts unkept_bot unkept_persona
    take_the_word since_the_person_spoke tell_all signs letters_most keep_lore keep_reasons bring_files
    """.split()  # noqa: SIM905
)
BANNED_CLASSES = frozenset(["Asked", "Begun", "Told", "Found", "Wanted", "Hub", "TurnMaterial"])

# What a template says to Django, comments, and elements whose content is not language.
TEMPLATE_CODE = re.compile(
    r"\{% block page_class %\}.*?\{% endblock %\}|\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|\{% blocktranslate.*?endblocktranslate %\}"
    r"|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<!doctype[^>]*>|<(script|style|svg|pre|code|kbd)\b.*?</\1>|&\w+;",
    re.DOTALL,
)
# Commands that one types, such as /continue, are names too.
WORD = re.compile(r"(?<![/\w])[^\W\d_]{2,}")
# Names and signs that are the same in every language.
NAMES = frozenset(["BotCafé", "Python", "curl", "UTC", "kB", "MB", "ms"])

Lint = Callable[[Path, str], Iterable[str]]


def room_of(path: Path) -> str:
    """The room that a module of the package is in."""
    parts = path.relative_to(ROOT / "botcafe").parts
    return parts[0].removesuffix(".py")


def find_back_doors(path: Path, text: str) -> Iterator[str]:
    """Lines that reach a table past its access rule, outside the rooms that own tables."""
    if room_of(path) in ROOMS_WITH_TABLES or any(part in WITHOUT_CALLER for part in path.parts):
        return
    for number, line in enumerate(text.splitlines(), 1):
        if BACK_DOOR.search(line):
            yield f"{number} reaches a table past its rule"


def find_oversized(path: Path, text: str) -> Iterator[str]:
    """Modules and functions that one cannot hold in the head."""
    if text.count("\n") > MAX_MODULE_LINES:
        yield f"1 the module has {text.count(chr(10))} lines, at most {MAX_MODULE_LINES}"
    for node in functions_in(ast.parse(text)):
        if length_of(node) > MAX_FUNCTION_LINES:
            yield f"{node.lineno} {node.name} has {length_of(node)} lines, at most {MAX_FUNCTION_LINES}"


def find_banned_names(path: Path, text: str) -> Iterator[str]:
    """Functions, classes and constants in words that a new engineer would have to learn."""
    if path.stem in VAGUE_MODULES:
        yield f"1 {path.stem} says nothing: name the module after what it does"
    for node in ast.walk(ast.parse(text)):
        for name in defined_names(node):
            bare = name.strip("_")
            is_banned = bare in BANNED_WORDS or bare in BANNED_CLASSES or bare.startswith(BANNED_PREFIXES)
            if is_banned:
                yield f"{getattr(node, 'lineno', 1)} {name}: take the usual word (docs/glossary.md)"


def find_string_imports(path: Path, text: str) -> Iterator[str]:
    """Our own code found by a dotted string: the next one who moves it would break it without a sound."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "import_string":
            yield f"{node.lineno} import_string hides an import: register what is needed in AppConfig.ready()"


def find_areas_in_engine(path: Path, text: str) -> Iterator[str]:
    """Areas that the collection engine names by a string; imports are held by import-linter."""
    if room_of(path) != "cms":
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not is_docstring(node.value):
            words = set(re.split(r"[./_]", node.value))
            if "areas" in words or node.value in AREAS:
                yield f"{node.lineno} names an area: {node.value[:60]!r}"


def find_page_addresses(path: Path, text: str) -> Iterator[str]:
    """Addresses of pages outside the rooms that answer them: those return ids, and the pages make links of them."""
    if room_of(path) in ROOMS_WITH_PAGES or "bench" in path.parts:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and PAGE_ADDRESS.match(node.value):
            yield f"{node.lineno} knows the address of a page: {node.value[:60]!r}"


def find_table_literals(path: Path, text: str) -> Iterator[str]:
    """Table names written out in SQL: they come from the models (``Model._meta.db_table``)."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and TABLE_NAME.search(node.value):
            yield f"{node.lineno} names a table: {TABLE_NAME.search(node.value)[0]!r}"  # type: ignore[index]


def find_long_template_lines(path: Path, text: str) -> Iterator[str]:
    """Template lines that no editor shows whole."""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > MAX_TEMPLATE_LINE_CHARACTERS:
            yield f"{number} has {len(line)} characters, at most {MAX_TEMPLATE_LINE_CHARACTERS}"


def find_untranslated_text(path: Path, text: str) -> Iterator[str]:
    """Words of a template that no translator would see: outside of ``translate`` and ``blocktranslate``."""

    def blank(found: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", found[0])

    bare = TEMPLATE_CODE.sub(blank, text)
    labels = re.compile(r"\s(?:aria-label|title|placeholder|alt)=\"([^\"<>]*)\"")
    spoken = [(found.start(1), found[1]) for found in labels.finditer(bare)]
    spoken += [(found.start(), found[0]) for found in re.finditer(r"[^<>]+", re.sub(r"<[^<>]*>", blank, bare))]
    for start, words in spoken:
        for word in WORD.finditer(words):
            if word[0] not in NAMES:
                line = text.count("\n", 0, start + word.start()) + 1
                yield f"{line} {word[0]!r} is outside of translate and blocktranslate"


TEMPLATE_LINTS: tuple[Lint, ...] = (find_long_template_lines, find_untranslated_text)
MODULE_LINTS: tuple[Lint, ...] = (
    find_back_doors,
    find_oversized,
    find_banned_names,
    find_string_imports,
    find_areas_in_engine,
    find_page_addresses,
    find_table_literals,
)


def functions_in(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def defined_names(node: ast.AST) -> list[str]:
    """The names that a definition or an assignment of a constant gives."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [each.id for each in node.targets if isinstance(each, ast.Name) and each.id.isupper()]
    return []


def is_docstring(value: str) -> bool:
    """Whether a string is prose rather than a name."""
    return " " in value


def repeated_classes(modules: dict[Path, str]) -> list[str]:
    """Class names that stand for two things."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, text in modules.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef) and node.name != "Meta":
                found[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    return [
        f"{', '.join(places)}: class {name} exists {len(places)} times"
        for name, places in sorted(found.items())
        if len(places) > 1
    ]


def crowded_folders(paths: Iterable[Path]) -> list[str]:
    """Folders with more files side by side than one takes in at a glance."""
    counts = Counter(path.parent for path in paths if path.name != "__init__.py")
    return [
        f"{folder.relative_to(ROOT)}: {count} files side by side, at most {MAX_FILES_IN_FOLDER}"
        for folder, count in sorted(counts.items())
        if count > MAX_FILES_IN_FOLDER
    ]


def read_modules(root: Path) -> dict[Path, str]:
    """The modules below a folder with their text, migrations apart: those are history."""
    paths = sorted(path for path in root.rglob("*.py") if "migrations" not in path.parts)
    return {path: path.read_text(encoding="utf8") for path in paths}


def find_faults() -> list[str]:
    """Everything that is wrong with the house."""
    modules, package = read_modules(ROOT / "botcafe"), ROOT / "botcafe"
    faults = [
        f"{path.relative_to(ROOT)}:{fault}"
        for path, text in modules.items()
        for lint in MODULE_LINTS
        for fault in lint(path, text)
    ]
    for path in sorted(package.rglob("*.html")):
        faults += [
            f"{path.relative_to(ROOT)}:{fault}"
            for lint in TEMPLATE_LINTS
            for fault in lint(path, path.read_text("utf8"))
        ]
    faults += repeated_classes(modules)
    front_end = [path for kind in ("html", "js", "css") for path in package.rglob(f"*.{kind}")]
    tests = list((ROOT / "tests").rglob("*.py"))
    return faults + crowded_folders([*modules, *front_end, *tests])


def count_comments(text: str) -> int:
    """Comments that say something to a reader; directives for tools do not count."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(1 for t in tokens if t.type == tokenize.COMMENT and not re.match(r"#\s*(noqa|type:|fmt:|!)", t.string))


def is_single_word(name: str) -> bool:
    """Whether a function's name is one word."""
    return not name.startswith("__") and "_" not in name.strip("_")


def print_figures() -> None:
    """Print the figures of the house, each beside its goal."""
    modules, tests = read_modules(ROOT / "botcafe"), read_modules(ROOT / "tests")
    lines = sum(text.count("\n") for text in modules.values())
    functions = [node for text in modules.values() for node in functions_in(ast.parse(text))]
    named = [node for node in functions if not node.name.startswith("__")]
    sizes = [text.count("\n") for text in modules.values()]
    lengths = [length_of(node) for node in functions]
    code = "\n".join(modules.values())
    anys = len(re.findall(r"\bAny\b", code)) - len(re.findall(r"import [^\n]*\bAny\b", code))
    comments = sum(count_comments(text) for text in modules.values())
    templates = [len(line) for p in (ROOT / "botcafe").rglob("*.html") for line in p.read_text("utf8").splitlines()]
    test_lines = sum(text.count("\n") for text in tests.values())
    for name, value, goal in (
        ("modules, lines: median / max", f"{statistics.median(sizes):.0f} / {max(sizes)}", "90 / 500"),
        ("functions, lines: median / max", f"{statistics.median(lengths):.0f} / {max(lengths)}", "10 / 60"),
        ("Any per 1,000 lines", f"{1000 * anys / lines:.1f}", "10"),
        ("dict[str, Any]", str(len(re.findall(r"(?:dict|Mapping)\[str, Any\]", code))), "200"),
        ("class names used twice", str(len(repeated_classes(modules))), "0"),
        (
            "single-word function names",
            f"{100 * sum(is_single_word(n.name) for n in named) / len(named):.0f} %",
            "40 %",
        ),
        ("comments per 1,000 lines", f"{1000 * comments / lines:.1f}", "15-30"),
        ("test : code lines", f"{test_lines / lines:.2f}", "0.6"),
        ("template line, characters", str(max(templates)), "160"),
        ("lines of code / of tests", f"{lines:,} / {test_lines:,}", ""),
    ):
        sys.stdout.write(f"{name:<34}{value:>16}   goal {goal}\n" if goal else f"{name:<34}{value:>16}\n")


def main() -> int:
    """Check every module of the package; 1 where something is found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--figures", action="store_true", help="print sizes and ratios instead of faults")
    if parser.parse_args().figures:
        print_figures()
        return 0
    faults = find_faults()
    sys.stdout.write("".join(f"{fault}\n" for fault in faults) or "The house is in order.\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
