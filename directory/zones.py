"""Which time zones a ZIP code or a telephone number of the United States may lie in. Pure.

States that lie in two zones are divided by the first three digits of the ZIP code; where these do not decide, both
zones are named: whoever asks when a patient may be rung then waits for daytime in both.
"""

from collections.abc import Iterator

E, C, M, P = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
MAINLAND = (E, C, M, P)  # where somebody may be of whom nothing is known
AZ, AK, ADAK, HI = "America/Phoenix", "America/Anchorage", "America/Adak", "Pacific/Honolulu"

# First and last three digits, and the zones; the first range that holds decides. What is in none is not known: Puerto
# Rico and Guam, which are not rung, and the posts of the armed forces, which may be anywhere.
_ZIPS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (324, 325, (E, C)), (368, 368, (E, C)), (373, 373, (E, C)), (401, 401, (E, C)), (425, 427, (E, C)),
    (463, 465, (E, C)), (474, 475, (E, C)), (479, 479, (E, C)), (498, 499, (E, C)),
    (575, 576, (C, M)), (585, 586, (C, M)), (677, 678, (C, M)), (690, 692, (C, M)), (798, 798, (C, M)),
    (799, 799, (M,)), (835, 835, (M, P)), (860, 860, (AZ, M)), (865, 865, (AZ, M)), (898, 898, (P, M)),
    (979, 979, (P, M)), (995, 995, (AK, ADAK)), (577, 577, (M,)), (693, 693, (M,)), (838, 838, (P,)), (885, 885, (M,)),
    (10, 89, (E,)), (100, 339, (E,)), (341, 349, (E,)), (350, 369, (C,)), (370, 372, (C,)), (374, 374, (E,)),
    (375, 375, (C,)), (376, 379, (E,)), (380, 397, (C,)), (398, 419, (E,)), (420, 424, (C,)), (430, 462, (E,)),
    (466, 475, (E,)), (476, 477, (C,)), (478, 497, (E,)), (500, 568, (C,)), (569, 569, (E,)), (570, 589, (C,)),
    (590, 599, (M,)), (600, 799, (C,)), (800, 847, (M,)), (850, 865, (AZ,)), (870, 884, (M,)), (889, 898, (P,)),
    (900, 961, (P,)), (967, 968, (HI,)), (970, 994, (P,)), (996, 999, (AK,)), (5, 5, (E,)),
)  # fmt: skip

# Area codes that lie in two zones, or that the numbering library places wrongly.
ZONES_OF_AREA: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("219", "574", "812", "930"), (E, C)),  # Indiana
    **dict.fromkeys(("448", "850"), (E, C)),  # Florida
    **dict.fromkeys(("270", "364", "606"), (E, C)),  # Kentucky
    **dict.fromkeys(("334", "423", "906"), (E, C)),  # Alabama, Tennessee, Michigan
    **dict.fromkeys(("308", "432", "605", "620", "701", "785"), (C, M)),  # Nebraska, Texas, the Dakotas, Kansas
    **dict.fromkeys(("208", "458", "541", "775", "986"), (M, P)),  # Idaho, Oregon, Nevada
    "907": (AK, ADAK),
    "915": (M,),
    "928": (AZ, M),
}


def zones_of_zip(zip_code: str) -> tuple[str, ...]:
    """The IANA zones that a ZIP code (its first five or more digits) may lie in; none when it is not known."""
    if not (zip_code[:5].isascii() and zip_code[:5].isdigit() and len(zip_code) >= 5):
        return ()
    return next(_holding(int(zip_code[:3])), ())


def _holding(prefix: int) -> Iterator[tuple[str, ...]]:
    return (zones for first, last, zones in _ZIPS if first <= prefix <= last)
