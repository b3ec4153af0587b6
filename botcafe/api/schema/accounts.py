"""Routes of sign-in, of what belongs to an account, and of keys."""

from botcafe.api.bodies import (
    ChangePassphraseBody,
    ConsentBody,
    EmailBody,
    EraseBody,
    NewTokenBody,
    PassphraseBody,
    ResetPasswordBody,
)
from botcafe.api.http.bodies import body_schema
from botcafe.api.schema.chats import MODEL
from botcafe.api.schema.parts import (
    ANY,
    BOOLEAN,
    ID,
    INSTANT,
    INTEGER,
    MESSAGE,
    NUMBER,
    STRING,
    Route,
    array_of,
    nullable,
    object_schema,
)

KEY = "/api/api-key/{id}"
REFUSED = (400, 401, 403, 404, 409, 413, 429)
USER = {"$ref": "#/components/schemas/User"}
CREDENTIALS = object_schema(["email", "password"], email=STRING, password=STRING)
LOGIN = object_schema(["email", "password"], email=STRING, password=STRING, code=STRING)
RESET = object_schema(["message", "token", "user"], message=STRING, token=nullable(STRING), user=nullable(USER))
SIGNED_IN = object_schema(["message", "token", "user"], message=STRING, exp=INTEGER, token=nullable(STRING), user=USER)
REGISTERED = object_schema(["message", "token"], message=STRING, exp=INTEGER, token=nullable(STRING), user=USER)
SESSION = object_schema(["id"], id=STRING)
TOKEN = object_schema(
    ["id", "name", "scopes", "expires_at"],
    id=ID,
    name=STRING,
    scopes=array_of(STRING),
    expires_at=nullable(INSTANT),
    token=STRING,
)
LEGAL_DOCUMENT = {"id": ID, "document_type": STRING, "title": STRING, "version": STRING, "effective_date": INSTANT}
CONSENT = object_schema(
    ["owed", "given"],
    owed=array_of(object_schema([*LEGAL_DOCUMENT], **LEGAL_DOCUMENT)),
    given=array_of(object_schema([*LEGAL_DOCUMENT, "agreed_at"], **LEGAL_DOCUMENT, agreed_at=INSTANT)),
)
ERASURE = object_schema(["due_at"], due_at=nullable(INSTANT))
NEW_TOKEN = body_schema(NewTokenBody)
PASSPHRASE = body_schema(PassphraseBody)
OFFERED = object_schema(
    ["id", "label"], id=STRING, label=STRING, context_window=nullable(INTEGER), sees_images=nullable(BOOLEAN)
)

ROUTES = (
    Route("get", "/api/access", "What the caller may do, by collection", object_schema(), security=""),
    Route("get", "/api/users/init", "Whether anybody has an account yet", object_schema(["initialized"], initialized=BOOLEAN),
          security=""),
    Route("post", "/api/users/login", "Sign in", SIGNED_IN, LOGIN, errors=REFUSED, security=""),
    Route("post", "/api/users/logout", "Sign out", MESSAGE, query={"allSessions": BOOLEAN}, errors=REFUSED),
    Route("get", "/api/users/me", "Who is signed in",
          object_schema(["user"], user=nullable(USER), exp=nullable(INTEGER), token=nullable(STRING)), security=""),
    Route("post", "/api/users/refresh-token", "A fresh token for an old one",
          object_schema(["refreshedToken", "exp", "user"], refreshedToken=STRING, exp=INTEGER, user=USER), errors=REFUSED),
    Route("post", "/api/users/forgot-password", "Ask for a letter to set a password anew", MESSAGE, body_schema(EmailBody),
          errors=REFUSED, security=""),
    Route("post", "/api/users/reset-password", "Set a password anew", RESET,
          body_schema(ResetPasswordBody), errors=REFUSED, security=""),
    Route("post", "/api/users/unlock", "Let somebody try again to sign in", MESSAGE, body_schema(EmailBody), errors=REFUSED,
          security=""),
    Route("post", "/api/users/first-register", "Make the first account", SIGNED_IN, CREDENTIALS, errors=REFUSED,
          security=""),
    Route("post", "/api/users/verify/{token}", "Confirm an address", MESSAGE, errors=REFUSED, security=""),
    Route("post", "/api/account/register", "Make an account and sign in", REGISTERED,
          object_schema(["email", "password"], email=STRING, password=STRING, name=nullable(STRING), invite=STRING,
                        agreements=array_of(ID, most=20)), statuses=(201,), errors=REFUSED,
          security=""),
    Route("get", "/api/account/consent", "What one has agreed to, and what is owed", CONSENT),
    Route("post", "/api/account/consent", "Agree to legal documents, or take one agreement back", CONSENT,
          body_schema(ConsentBody), errors=REFUSED),
    Route("get", "/api/account/erase", "When one's account is erased; null where that is not asked for", ERASURE),
    Route("post", "/api/account/erase", "Have one's account erased, after days of grace or immediately", ERASURE,
          body_schema(EraseBody), statuses=(202,), errors=REFUSED),
    Route("delete", "/api/account/erase", "Keep one's account after all", ERASURE, errors=REFUSED),
    Route("get", "/api/account/sessions", "Where one is signed in", object_schema(["docs"], docs=array_of(SESSION))),
    Route("delete", "/api/account/sessions/{handle}", "End a sign-in", MESSAGE),
    Route("get", "/api/account/tokens", "Access tokens", object_schema(["docs"], docs=array_of(TOKEN))),
    Route("post", "/api/account/tokens", "Make an access token; it is told once", TOKEN, NEW_TOKEN, statuses=(201,),
          errors=REFUSED),
    Route("delete", "/api/account/tokens/{id}", "Revoke an access token", MESSAGE),
    Route("get", "/api/account/model", "What answers wherever nothing else was chosen", MODEL),
    Route("post", "/api/account/model", "Choose it", MODEL, MODEL, errors=REFUSED),
    Route("get", "/api/payload-preferences/{key}", "What a client keeps for its person", object_schema(), security=""),
    Route("post", "/api/payload-preferences/{key}", "Keep it", object_schema(), object_schema(value=ANY), errors=REFUSED),
    Route("post", "/api/account/clerk", "Clerk's webhook of users", MESSAGE, errors=REFUSED, security=""),
    Route("post", f"{KEY}/unlock", "Open a key under a passphrase, for this sign-in",
          object_schema(["unlocked_until"], unlocked_until=INSTANT), PASSPHRASE, errors=REFUSED),
    Route("post", f"{KEY}/lock", "Shut it in all sign-ins", MESSAGE, errors=REFUSED),
    Route("post", f"{KEY}/passphrase", "Change the passphrase", MESSAGE,
          body_schema(ChangePassphraseBody), errors=REFUSED),
    Route("post", f"{KEY}/test", "Whether a key works", object_schema(["works", "words"], works=BOOLEAN, words=STRING, milliseconds=NUMBER),
          errors=REFUSED),
    Route("get", f"{KEY}/models", "What the provider of a key offers", object_schema(["models"], models=array_of(OFFERED)),
          errors=(400, 403, 404, 429, 502)),
)  # fmt: skip
