"""Routes of sign-in, of what belongs to an account, and of keys."""

from botcafe.api.bodies import ChangePassphraseBody, EmailBody, NewTokenBody, PassphraseBody, ResetPasswordBody
from botcafe.api.http.bodies import body_schema
from botcafe.api.schema.chats import MODEL
from botcafe.api.schema.parts import (
    ANY,
    FLAG,
    ID,
    INSTANT,
    MESSAGE,
    NUMBER,
    TEXT,
    WHOLE,
    Route,
    listed,
    obj,
    some,
)

KEY = "/api/api-key/{id}"
REFUSED = (400, 401, 403, 404, 409, 413, 429)
USER = {"$ref": "#/components/schemas/User"}
CREDENTIALS = obj("email password", email=TEXT, password=TEXT)
SIGNED_IN = obj("message token user", message=TEXT, exp=WHOLE, token=some(TEXT), user=USER)
REGISTERED = obj("message token", message=TEXT, exp=WHOLE, token=some(TEXT), user=USER)
SESSION = obj("id", id=TEXT)
TOKEN = obj("id name scopes expires_at", id=ID, name=TEXT, scopes=listed(TEXT), expires_at=some(INSTANT), token=TEXT)
NEW_TOKEN = body_schema(NewTokenBody)
PASSPHRASE = body_schema(PassphraseBody)
OFFERED = obj("id label", id=TEXT, label=TEXT, context_window=some(WHOLE), sees_images=some(FLAG))

ROUTES = (
    Route("get", "/api/access", "What the caller may do, by collection", obj(), scheme=""),
    Route("get", "/api/users/init", "Whether anybody has an account yet", obj("initialized", initialized=FLAG),
          scheme=""),
    Route("post", "/api/users/login", "Sign in", SIGNED_IN, CREDENTIALS, refused=REFUSED, scheme=""),
    Route("post", "/api/users/logout", "Sign out", MESSAGE, query={"allSessions": FLAG}, refused=REFUSED),
    Route("get", "/api/users/me", "Who is signed in",
          obj("user", user=some(USER), exp=some(WHOLE), token=some(TEXT)), scheme=""),
    Route("post", "/api/users/refresh-token", "A fresh token for an old one",
          obj("refreshedToken exp user", refreshedToken=TEXT, exp=WHOLE, user=USER), refused=REFUSED),
    Route("post", "/api/users/forgot-password", "Ask for a letter to set a password anew", MESSAGE, body_schema(EmailBody),
          refused=REFUSED, scheme=""),
    Route("post", "/api/users/reset-password", "Set a password anew", SIGNED_IN,
          body_schema(ResetPasswordBody), refused=REFUSED, scheme=""),
    Route("post", "/api/users/unlock", "Let somebody try again to sign in", MESSAGE, body_schema(EmailBody), refused=REFUSED,
          scheme=""),
    Route("post", "/api/users/first-register", "Make the first account", SIGNED_IN, CREDENTIALS, refused=REFUSED,
          scheme=""),
    Route("post", "/api/users/verify/{token}", "Confirm an address", MESSAGE, refused=REFUSED, scheme=""),
    Route("post", "/api/account/register", "Make an account and sign in", REGISTERED,
          obj("email password", email=TEXT, password=TEXT, name=some(TEXT), invite=TEXT), status=(201,), refused=REFUSED,
          scheme=""),
    Route("get", "/api/account/sessions", "Where one is signed in", obj("docs", docs=listed(SESSION))),
    Route("delete", "/api/account/sessions/{handle}", "End a sign-in", MESSAGE),
    Route("get", "/api/account/tokens", "Access tokens", obj("docs", docs=listed(TOKEN))),
    Route("post", "/api/account/tokens", "Make an access token; it is told once", TOKEN, NEW_TOKEN, status=(201,),
          refused=REFUSED),
    Route("delete", "/api/account/tokens/{id}", "Revoke an access token", MESSAGE),
    Route("get", "/api/account/model", "What answers wherever nothing else was chosen", MODEL),
    Route("post", "/api/account/model", "Choose it", MODEL, MODEL, refused=REFUSED),
    Route("get", "/api/payload-preferences/{key}", "What a client keeps for its person", obj(), scheme=""),
    Route("post", "/api/payload-preferences/{key}", "Keep it", obj(), obj(value=ANY), refused=REFUSED),
    Route("post", "/api/account/clerk", "Clerk's webhook of users", MESSAGE, refused=REFUSED, scheme=""),
    Route("post", f"{KEY}/unlock", "Open a key under a passphrase, for this sign-in",
          obj("unlocked_until", unlocked_until=INSTANT), PASSPHRASE, refused=REFUSED),
    Route("post", f"{KEY}/lock", "Shut it in all sign-ins", MESSAGE, refused=REFUSED),
    Route("post", f"{KEY}/passphrase", "Change the passphrase", MESSAGE,
          body_schema(ChangePassphraseBody), refused=REFUSED),
    Route("post", f"{KEY}/test", "Whether a key works", obj("works words", works=FLAG, words=TEXT, milliseconds=NUMBER),
          refused=REFUSED),
    Route("get", f"{KEY}/models", "What the provider of a key offers", obj("models", models=listed(OFFERED)),
          refused=(400, 403, 404, 429, 502)),
)  # fmt: skip
