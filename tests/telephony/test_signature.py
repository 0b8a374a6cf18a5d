"""A request is the carrier's if its signature says so; the vendor's own validator is the judge of ours."""

import hmac
from itertools import product

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from emulator.signature import sign
from telephony.signature import is_genuine, signed
from telephony.urls import OVERRIDES

TOKEN, OTHER = "a-token-of-ours-0001", "a-token-of-ours-0002"
ORIGIN, TARGET = "https://calls.example.org", "/voice/turn/7/keys"
FORM = [("CallSid", "CA1"), ("AccountSid", "AC1"), ("Digits", "1"), ("To", "+13125550100")]

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
forms = st.lists(st.tuples(names, text), max_size=6)
repeated = st.lists(
    st.tuples(st.sampled_from(["a", "A", "a ", "ä", ""]), st.sampled_from(["", "x", "y", "ü "])), max_size=8
)
urls = st.builds("https://{}{}".format, st.sampled_from(["a.example", "a.example:8443"]), text)

hosts = st.sampled_from(["calls.example.org", "127.0.0.1", "localhost", "Calls.Example.ORG"])
ports = st.sampled_from(["", ":80", ":443", ":8000", ":8443"])
origins = st.builds("{}://{}{}".format, st.sampled_from(["http", "https"]), hosts, ports)
encoded = st.text(st.sampled_from("abz019-._~%2F%3F%C3%BC+&="), min_size=1, max_size=20)
targets = st.one_of(
    st.sampled_from([TARGET, "/voice/incoming", "/a?next=%2Fx%3Fy&n=J%C3%BCrgen", "/a?b=&b=+&c"]),
    st.builds("/voice/turn/{}/keys?{}".format, st.integers(0, 99), encoded),
)


def vendors(url: str, form: list[tuple[str, str]], token: str = TOKEN) -> str:
    """The vendor's signature of a form as Flask hands it over."""
    return str(RequestValidator(token).compute_signature(url, MultiDict(form)))


def vendor_accepts(url: str, form: list[tuple[str, str]], given_signature: str) -> bool:
    return bool(RequestValidator(TOKEN).validate(url, MultiDict(form), given_signature))


def ours(given_signature: str | None, form: list[tuple[str, str]] = FORM, **changed: object) -> bool:
    """Our verdict on a request to ORIGIN + TARGET, with some circumstances changed."""
    usual: dict[str, object] = {"origin": ORIGIN, "target": TARGET, "tokens": (TOKEN,), "fragment": OVERRIDES}
    return is_genuine(form=form, signature=given_signature, **(usual | changed))  # type: ignore[arg-type]


def test_the_vector_that_twilio_publishes() -> None:
    form = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675310", "Digits": "1234", "From": "+14158675310"}
    form["To"] = "+18005551212"
    assert signed("https://example.com/myapp.php?foo=1&bar=2", form.items(), "12345") == "L/OH5YylLD5NRKLltdqwSvS0BnU="


@settings(deadline=None)
@given(url=urls, form=st.one_of(forms, repeated), token=names)
@example(url="https://a.example/", form=[("a", "2"), ("a", "1"), ("a", "2"), ("A", "")], token="t")
def test_we_sign_as_the_vendor_signs(url: str, form: list[tuple[str, str]], token: str) -> None:
    assert signed(url, form, token) == vendors(url, form, token)


@settings(deadline=None)
@given(origin=origins, signer=origins, target=targets, form=forms)
def test_we_believe_what_the_vendors_validator_believes(
    origin: str, signer: str, target: str, form: list[tuple[str, str]]
) -> None:
    """Signed for `signer`: often the same host with another port, which counts, or another scheme, which does not."""
    given_signature = vendors(signer + target, form)
    expected = vendor_accepts(origin + target, form, given_signature)
    assert ours(given_signature, form, origin=origin, target=target) is expected


@pytest.mark.parametrize(
    ("configured", "spelled"),
    [
        *product(["https://c.example", "https://c.example:443"], ["https://c.example", "https://c.example:443"]),
        *product(["http://c.example", "http://c.example:80"], ["http://c.example", "http://c.example:80"]),
        ("https://c.example:8443", "https://c.example"),
        ("https://c.example:8443", "https://c.example:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000", "http://127.0.0.1"),
        ("https://Calls.Example.org", "https://Calls.Example.org:443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://[::1]:8000", "http://[::1]"),
    ],
)
def test_the_port_may_be_spelled_or_not(configured: str, spelled: str) -> None:
    assert ours(vendors(spelled + TARGET, FORM), origin=configured)


@settings(deadline=None)
@given(
    form=st.lists(st.tuples(names, text), min_size=1, max_size=5, unique_by=lambda pair: pair[0]),
    which=st.integers(0, 4),
    more=st.text("abc19+ ü", min_size=1, max_size=3),
)
def test_an_altered_value_is_refused(form: list[tuple[str, str]], which: int, more: str) -> None:
    name, value = form[which % len(form)]
    altered = [pair if pair[0] != name else (name, value + more) for pair in form]
    assert not ours(vendors(ORIGIN + TARGET, form), altered)


@settings(deadline=None)
@given(target=targets)
def test_another_target_is_refused(target: str) -> None:
    assume(target != TARGET)
    assert not ours(vendors(ORIGIN + TARGET, FORM), target=target)


def test_a_field_more_or_less_is_refused() -> None:
    good = vendors(ORIGIN + TARGET, FORM)
    assert ours(good)
    assert not ours(good, [*FORM, ("SpeechResult", "")])
    assert not ours(good, FORM[1:])


@pytest.mark.parametrize(
    "spelled", ["https://other.example.org", "http://calls.example.org", "https://calls.example.org:8443"]
)
def test_another_host_scheme_or_port_is_refused(spelled: str) -> None:
    assert not ours(vendors(spelled + TARGET, FORM))


@pytest.mark.parametrize("header", [None, "", "x", "ü", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", " "])
def test_a_missing_or_foreign_header_is_refused(header: str | None) -> None:
    assert not ours(header)


def test_the_signature_itself_may_not_be_touched() -> None:
    good = vendors(ORIGIN + TARGET, FORM)
    assert not ours(good.lower())
    assert not ours(good + "=")
    assert not ours(good[:-1])


def test_nothing_is_genuine_without_a_token() -> None:
    assert not ours(vendors(ORIGIN + TARGET, FORM, ""), tokens=("",))
    assert not ours(vendors(ORIGIN + TARGET, FORM), tokens=())
    assert not ours("", tokens=("",))


def test_either_token_counts_while_they_are_changed() -> None:
    new, old = vendors(ORIGIN + TARGET, FORM), vendors(ORIGIN + TARGET, FORM, OTHER)
    assert ours(new, tokens=(TOKEN, OTHER))
    assert ours(old, tokens=(TOKEN, OTHER))
    assert not ours(old, tokens=(TOKEN,))


def test_the_overrides_may_be_signed_or_not_but_no_others() -> None:
    assert ours(vendors(ORIGIN + TARGET + OVERRIDES, FORM))
    assert not ours(vendors(ORIGIN + TARGET + "#rc=5", FORM))
    assert not ours(vendors(ORIGIN + TARGET + OVERRIDES, FORM), fragment="")


def test_each_comparison_takes_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    digest_compare = hmac.compare_digest

    def comparing(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return digest_compare(one, other)

    monkeypatch.setattr("telephony.signature.hmac.compare_digest", comparing)
    good = vendors(ORIGIN + TARGET, FORM)
    assert ours(good)
    assert compared == [(good.encode(), good.encode())]


@settings(deadline=None)
@given(origin=origins, target=targets, form=forms)
def test_what_the_emulator_signs_is_genuine(origin: str, target: str, form: list[tuple[str, str]]) -> None:
    assert ours(sign(TOKEN, origin + target + OVERRIDES, form), form, origin=origin, target=target)
