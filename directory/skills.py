"""Which of our skills a coded role stands for. Codes decide, never displays: displays are often wrong in real data.

The lists follow the codes of SNOMED CT and of the NUCC provider taxonomy; versions after a bar are ignored.
"""

from collections.abc import Iterable

SNOMED = "http://snomed.info/sct"
NUCC = "http://nucc.org/provider-taxonomy"
_ALIASES = {"urn:oid:2.16.840.1.113883.6.96": SNOMED, "urn:oid:2.16.840.1.113883.6.101": NUCC}

Coding = tuple[str | None, str | None]  # system, code

# skill -> its NUCC codes, its SNOMED CT codes (space separated)
_CODES: dict[str, tuple[str, str]] = {
    "physical_therapy": (
        "225100000X 2251C2600X 2251E1200X 2251E1300X 2251G0304X 2251H1200X 2251H1300X 2251N0400X 2251P0200X "
        "2251S0007X 2251X0800X",
        "36682004 309402005 224589006 309400002 309401003 309403000",
    ),
    "pt_assistant": ("225200000X", "309404006"),
    "occupational_therapy": ("225X00000X", "80546007"),
    "speech_therapy": ("235Z00000X", "159026005"),
    "audiology": ("231H00000X", "309418004"),
    "respiratory_therapy": ("227800000X 227900000X", "442867008"),
    "orthopedic_surgery": ("207X00000X 207XS0114X", "22731001"),
    "surgery": ("208600000X", "304292004 78703002"),
    "rehab_medicine": ("208100000X", "24430003 309360001"),
    "primary_care": ("207Q00000X 207R00000X 208D00000X", "446050000 453231000124104 62247001 39677007"),
    "geriatrics": ("207QG0300X", "90655003"),
    "cardiology": ("207RC0000X", "17561000"),
    "endocrinology": ("207RE0101X", "61894003 309350005"),
    "diabetes_education": ("163WD0400X", "224543004"),
    "neurology": ("2084N0400X", "56397003"),
    "psychiatry": ("2084P0800X", "80584001"),
    "psychology": ("103T00000X 103TC0700X", "59944000 310191001"),
    "pulmonology": ("207RP1001X", "41672002"),
    "nephrology": ("207RN0300X", "11911009"),
    "oncology": ("207RX0202X", "310512001"),
    "obgyn": ("207V00000X", "309367003"),
    "pediatrics": ("208000000X", "82296001"),
    "nurse": ("163W00000X 163WH0200X", "224535009 224538006"),
    # Every registered nurse has NUCC 163W00000X; only SNOMED CT says who is trained to judge urgency.
    "triage_nurse": ("", "224538006"),
    "nurse_practitioner": ("363L00000X 363LF0000X", "224571005"),
    "physician_assistant": ("363A00000X", "449161006"),
    "pharmacist": ("183500000X", "46255001"),
    "dietitian": ("133V00000X", "159033005 40127002"),
    "social_work": ("104100000X 1041C0700X", "106328005"),
    "case_management": ("171M00000X 163WC0400X", "768820003 445451001"),
    "interpreter": ("171R00000X", "40570005"),
}

KEYS = frozenset(_CODES)


def _turned(codes: dict[str, tuple[str, str]]) -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for skill, (nucc, snomed) in codes.items():
        for system, listed in ((NUCC, nucc), (SNOMED, snomed)):
            for code in listed.split():
                found.setdefault((system, code), set()).add(skill)
    return {coding: frozenset(skills) for coding, skills in found.items()}


_SKILLS = _turned(_CODES)


def skills_of(codings: Iterable[Coding]) -> frozenset[str]:
    """The skills that these (system, code) pairs stand for; none for codes we do not know."""
    return frozenset(skill for system, code in codings for skill in _of_one(system, code))


def _of_one(system: str | None, code: str | None) -> frozenset[str]:
    plain = (system or "").partition("|")[0]
    return _SKILLS.get((_ALIASES.get(plain, plain), code or ""), frozenset())
