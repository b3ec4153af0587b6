"""The picture of an account: set, shown where its owner looks, taken away, and shown to nobody else."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from botcafe.cms.schema.collection import get_collection
from botcafe.gateways.storage import media_folder
from tests.people import PASSWORD, Cast, bot_data
from tests.web.test_branches import chat_of, tell

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/account"


def enter(name: str) -> Client:
    client = Client()
    assert client.post("/login", {"email": f"{name}@cafe.test", "password": PASSWORD}).status_code == 302
    return client


def picture(colour: tuple[int, int, int] = (20, 90, 60)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (300, 300), colour).save(out, "PNG")
    return SimpleUploadedFile("me.png", out.getvalue(), "image/png")


def avatar_of(client: Client, path: str = PAGE) -> bool:
    """Whether the menu of a page shows the picture."""
    page = client.get(path).content.decode()
    return "/api/media/file/me" in page.partition("data-menu")[2].partition("</summary>")[0]


def stored() -> int:
    return len(list(media_folder().list_files()))


def test_a_picture_is_set_replaced_and_removed_with_its_bytes(cast: Cast) -> None:
    alice = enter("alice")
    assert not avatar_of(alice)
    assert alice.post("/account/picture", {"picture": picture()}).status_code == 302
    assert avatar_of(alice)
    assert avatar_of(alice, "/")
    assert alice.post("/account/picture", {"picture": picture((90, 20, 20))}).status_code == 302
    assert get_collection("media").model.objects.count() == 1
    assert stored() == 5
    assert alice.post("/account/picture", {"remove": "yes"}).status_code == 302
    assert not avatar_of(alice)
    assert stored() == 0


def test_what_is_no_picture_is_refused_and_changes_nothing(cast: Cast) -> None:
    alice = enter("alice")
    alice.post("/account/picture", {"picture": picture()})
    for given in ({}, {"picture": SimpleUploadedFile("me.png", b"no picture", "image/png")}):
        answer = alice.post("/account/picture", given)
        assert answer.status_code == 400
        assert b'class="error"' in answer.content or b"note-danger" in answer.content
    assert avatar_of(alice)
    assert stored() == 5


def test_a_picture_that_a_bot_shows_too_stays(cast: Cast) -> None:
    alice = enter("alice")
    alice.post("/account/picture", {"picture": picture()})
    shown = get_collection("media").model.objects.get()
    cast.alice.make("bot", bot_data(picture=shown.pk))
    alice.post("/account/picture", {"remove": "yes"})
    assert get_collection("media").model.objects.filter(pk=shown.pk).exists()


def test_it_is_beside_ones_own_messages_where_no_persona_is_used(cast: Cast) -> None:
    alice = enter("alice")
    alice.post("/account/picture", {"picture": picture()})
    chat = chat_of(cast.alice)
    plain, worn = tell(cast.alice, chat, "Good evening", "Once more")
    persona = cast.alice.make("personas", {"name": "Mira", "description": "m"})["id"]
    get_collection("message").model.objects.filter(pk=worn).update(persona=persona)
    shown = turn_of(alice, chat, plain)
    assert "/api/media/file/me" in shown
    assert "&amp;amp;" not in shown
    assert "/api/media/file/me" not in turn_of(alice, chat, worn)
    mould = alice.get(f"/chats/{chat}").content.decode().partition("template-user-turn")[2].partition("</template>")[0]
    assert "/api/media/file/me" in mould


def turn_of(client: Client, chat: int, message: int) -> str:
    page = client.get(f"/chats/{chat}").content.decode()
    return page.partition(f'id="m{message}"')[2].partition("</li>")[0]


def test_another_persons_file_is_not_shown_as_ones_own(cast: Cast) -> None:
    bob = enter("bob")
    bob.post("/account/picture", {"picture": picture()})
    file = get_collection("media").model.objects.get()
    get_collection("users").model.objects.filter(pk=cast.alice.id).update(avatar=file)
    assert not avatar_of(enter("alice"))
    assert Client().get(file.url).status_code == 404


def test_somebody_without_an_account_sets_none(cast: Cast) -> None:
    assert Client().post("/account/picture", {"picture": picture()}).status_code == 302
    assert stored() == 0
