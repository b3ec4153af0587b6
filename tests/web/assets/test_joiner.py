"""Scripts and sheets are joined with what they import, and what the joiner does not know is refused."""

import re
import subprocess
import sys

import pytest

from botcafe.web.assets.files import find_static_file, own_names, page_names
from botcafe.web.assets.joiner import JoinError, imports_of, join_file


def joined(name: str, **files: str) -> str:
    texts = {
        f"{key.replace('__', '/').replace('_js', '.js').replace('_css', '.css')}": text for key, text in files.items()
    }
    return join_file(name, texts.__getitem__)


def test_a_module_is_there_once_and_before_whoever_imports_it() -> None:
    text = joined(
        "a/page.js",
        a__page_js='import { left } from "./left.js";\nimport { word as other } from "../b/word.js";\nleft(other);\n',
        a__left_js='import { word } from "../b/word.js";\nexport function left(x) { return word + x; }\n',
        b__word_js='const hidden = 1;\nexport const word = "w";\nexport class Thing {}\n',
    )
    assert text.count('"w"') == 1
    assert text.index('"w"') < text.index("function left") < text.index("left(other)")
    assert "const { word: other } = module0$;" in text
    assert "return { word, Thing };" in text
    assert not re.search(r"^(import|export)\b", text, re.MULTILINE)


@pytest.mark.parametrize(
    "text",
    [
        'import whole from "./b.js";\n',
        'import * as b from "./b.js";\n',
        'import "./b.js";\n',
        "export default 1;\n",
        "export let counted = 1;\n",
        'const b = await import("./b.js");\n',
        "const here = import.meta.url;\n",
    ],
)
def test_what_it_does_not_know_is_refused_and_named(text: str) -> None:
    with pytest.raises(JoinError, match=r"a\.js: the joiner does not know"):
        join_file("a.js", {"a.js": text, "b.js": ""}.__getitem__)


def test_a_circle_is_refused() -> None:
    files = {"a.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./a.js";\nexport const b = 1;\n'}
    with pytest.raises(JoinError, match="imports itself"):
        join_file("a.js", files.__getitem__)


def test_a_sheet_has_each_part_once_and_in_order() -> None:
    files = {
        "a/all.css": '@import "one.css";\n@import "../b/two.css";\n@import "one.css";\n',
        "a/one.css": "1{}\n",
        "b/two.css": "2{}\n",
    }
    assert join_file("a/all.css", files.__getitem__) == "1{}\n2{}\n"
    assert imports_of("a/all.css", files["a/all.css"]) == ["a/one.css", "b/two.css", "a/one.css"]


def test_all_of_our_own_scripts_and_sheets_can_be_joined() -> None:
    for name in own_names():
        file = find_static_file(name)
        assert file is not None
        assert file.content
    page = find_static_file("chats/chat-page.js")
    assert page is not None
    assert b"createTranscriptWindow" in page.content
    assert "messages/turn.js" not in page_names()
    assert "chats/chat-page.js" in page_names()


def test_every_process_gives_the_same_names() -> None:
    """What one process writes into a page, another must know."""
    name = "chats/chat-page.js"
    program = (
        "import django; django.setup(); from botcafe.web.assets.files import find_static_file as f; "
        f"print(f({name!r}).hashed_name)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    here = find_static_file(name)
    assert here is not None
    assert done.stdout.strip() == here.hashed_name
