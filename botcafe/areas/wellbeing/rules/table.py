"""The table of rules: jurisdiction, obligation, statute, source, in force from, checked on, certain or not.

No legal advice. A line that is not certain is not acted upon where it would take a reading of ours; it is listed for the
operator's counsel. ``docs/rules.md`` is generated from this table.
"""

from dataclasses import dataclass
from typing import Literal

ObligationKind = Literal[
    "ai-start",
    "ai-repeat",
    "break-repeat",
    "crisis-protocol",
    "protocol-page",
    "no-sexual-content",
    "no-clinging",
    "yearly-counts",
    "suitability",
]
Audience = Literal["everyone", "minors"]


@dataclass(frozen=True, slots=True)
class Obligation:
    """One duty. ``hours`` is the longest time between two notices; days are ISO dates."""

    kind: ObligationKind
    statute: str
    text: str
    source: str
    in_force_from: str
    checked_on: str
    audience: Audience = "everyone"
    hours: int | None = None
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A place with its duties. ``regions`` are those of accounts that it holds for; ``US-CA`` also names its counties' people."""

    code: str
    name: str
    regions: frozenset[str]
    obligations: tuple[Obligation, ...]


_NY = "https://www.nysenate.gov/legislation/laws/GBS/A47"
_CA = "https://leginfo.legislature.ca.gov/faces/billNavClient.xhtml?bill_id=202520260SB243"
_WA = "https://app.leg.wa.gov/billsummary?BillNumber=2225&Year=2025"
_EU = "https://eur-lex.europa.eu/eli/reg/2024/1689/oj"
_CHECKED = "2026-12-01"
_EU_COUNTRIES = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)

JURISDICTIONS: tuple[Jurisdiction, ...] = (
    Jurisdiction(
        "us-ny",
        "New York",
        frozenset({"US-NY"}),
        (
            Obligation(
                "ai-start",
                "GBL § 1702",
                "A notice at the start that one does not communicate with a human; "
                "it need not come more than once a day.",
                _NY,
                "2025-11-05",
                _CHECKED,
            ),
            Obligation(
                "ai-repeat",
                "GBL § 1702",
                "The same at least every three hours of continuing use.",
                _NY,
                "2025-11-05",
                _CHECKED,
                hours=3,
            ),
            Obligation(
                "crisis-protocol",
                "GBL § 1701",
                "A protocol that detects suicidal ideation and self-harm, and refers the person to crisis services.",
                _NY,
                "2025-11-05",
                _CHECKED,
            ),
        ),
    ),
    Jurisdiction(
        "us-ca",
        "California",
        frozenset({"US-CA"}),
        (
            Obligation(
                "ai-start",
                "SB 243, BPC § 22602(a)",
                "A notice that the bot is artificially generated, where a reasonable person could take it for a human.",
                _CA,
                "2026-01-01",
                _CHECKED,
            ),
            Obligation(
                "crisis-protocol",
                "SB 243, BPC § 22602(b)",
                "A protocol that keeps bots from producing content of "
                "suicide or self-harm, with a notice that refers to crisis services.",
                _CA,
                "2026-01-01",
                _CHECKED,
            ),
            Obligation(
                "protocol-page",
                "SB 243, BPC § 22602(b)",
                "Details of the protocol are published on the website.",
                _CA,
                "2026-01-01",
                _CHECKED,
            ),
            Obligation(
                "ai-start",
                "SB 243, BPC § 22602(c)",
                "Known minors are told that they interact with AI.",
                _CA,
                "2026-01-01",
                _CHECKED,
                "minors",
            ),
            Obligation(
                "ai-repeat",
                "SB 243, BPC § 22602(c)",
                "Known minors are reminded at least every three hours that the bot is no human.",
                _CA,
                "2026-01-01",
                _CHECKED,
                "minors",
                hours=3,
            ),
            Obligation(
                "break-repeat",
                "SB 243, BPC § 22602(c)",
                "Known minors are reminded at least every three hours to take a break.",
                _CA,
                "2026-01-01",
                _CHECKED,
                "minors",
                hours=3,
            ),
            Obligation(
                "no-sexual-content",
                "SB 243, BPC § 22602(c)",
                "Reasonable measures against sexually explicit content for known minors.",
                _CA,
                "2026-01-01",
                _CHECKED,
                "minors",
            ),
            Obligation(
                "suitability",
                "SB 243, BPC § 22604",
                "It is told that companion bots may not suit some minors.",
                _CA,
                "2026-01-01",
                _CHECKED,
                is_certain=False,
            ),
            Obligation(
                "yearly-counts",
                "SB 243, BPC § 22603",
                "A yearly report to the Office of Suicide Prevention: how many "
                "crisis referral notices were shown in the year before, and the protocols; nothing that names "
                "anybody.",
                _CA,
                "2027-07-01",
                _CHECKED,
            ),
        ),
    ),
    Jurisdiction(
        "us-wa",
        "Washington",
        frozenset({"US-WA"}),
        (
            Obligation(
                "ai-start", "HB 2225", "A notice at the start that the bot is no human.", _WA, "2027-01-01", _CHECKED
            ),
            Obligation(
                "ai-repeat", "HB 2225", "The same at least every three hours.", _WA, "2027-01-01", _CHECKED, hours=3
            ),
            Obligation(
                "ai-repeat",
                "HB 2225",
                "The same at least every hour for minors.",
                _WA,
                "2027-01-01",
                _CHECKED,
                "minors",
                hours=1,
            ),
            Obligation(
                "no-sexual-content",
                "HB 2225",
                "No sexually explicit content and no suggestive talk with minors.",
                _WA,
                "2027-01-01",
                _CHECKED,
                "minors",
            ),
            Obligation(
                "no-clinging",
                "HB 2225",
                "No manipulative engagement techniques with minors: no praise to bind them, no "
                "feigned loneliness, no talking them out of a break, no isolation from others.",
                _WA,
                "2027-01-01",
                _CHECKED,
                "minors",
            ),
            Obligation(
                "crisis-protocol",
                "HB 2225",
                "A protocol against suicide and self-harm that covers eating disorders.",
                _WA,
                "2027-01-01",
                _CHECKED,
            ),
            Obligation("protocol-page", "HB 2225", "The protocol is public.", _WA, "2027-01-01", _CHECKED),
            Obligation(
                "yearly-counts",
                "HB 2225",
                "The number of crisis referral notices is published each year.",
                _WA,
                "2027-01-01",
                _CHECKED,
            ),
        ),
    ),
    Jurisdiction(
        "eu",
        "European Union",
        _EU_COUNTRIES,
        (
            Obligation(
                "ai-start",
                "AI Act, art. 50(1)",
                "People are told that they interact with an AI system, unless that "
                "is obvious, at the latest at the first interaction.",
                _EU,
                "2026-08-02",
                _CHECKED,
            ),
            Obligation(
                "suitability",
                "AI Act, art. 50(2)",
                "Generated text is marked as such in a form that machines read: whether and how that holds for a café.",
                _EU,
                "2026-08-02",
                _CHECKED,
                is_certain=False,
            ),
        ),
    ),
)
CODES = tuple(each.code for each in JURISDICTIONS)


def rules_markdown() -> str:
    """The table as a page of the documentation."""
    lines = [
        "# Rules of the place",
        "",
        "Generated by `botcafe docs` from `areas/wellbeing/rules/table.py`. This is no legal advice: read the statutes, and ask "
        "counsel, above all where a line says so.",
    ]
    for place in JURISDICTIONS:
        lines += [
            "",
            f"## {place.name} (`{place.code}`)",
            "",
            "| what | for whom | statute | in force from | checked | sure |",
        ]
        lines += ["|---|---|---|---|---|---|"]
        for each in place.obligations:
            sure = "certain" if each.is_certain else "check with counsel"
            statute = f"[{each.statute}]({each.source})"
            lines.append(
                f"| {each.text} | {each.audience} | {statute} | {each.in_force_from} | {each.checked_on} | {sure} |"
            )
    return "\n".join(lines) + "\n"
