"""Signatures of webhooks against section 2.1, judged by the validators of both official SDKs."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twilio.request_validator import RequestValidator

from tests.emulator_outside import application
from tests.emulator_outside.application import Asked, many
from tests.emulator_outside.box import CENTER, JOE, TOKEN, Box, running
from tests.emulator_outside.node_side import run

ODD = {
    "percent": "/odd?name=J%C3%BCrgen&path=%2Fa%3Fb",
    "plus": "/odd?words=a+b+%2B+c",
    "repeated names": "/odd?x=2&x=1&x=2",
    "an empty value": "/odd?empty=&also",
    "the names of parameters": "/odd?CallSid=CAx&From=me",
    "a colon, a star, quotes": "/odd?t=10:30*'~!()",
    "a trailing slash": "/odd/",
    "an encoded path": "/odd%20path/%C3%A4",
    "raw unicode": "/öde?ü=ß",
    "a fragment": "/odd?x=1#rc=1&rp=5xx",
    "dots": "/odd.php?foo=1&bar=2",
}


def by_node(asked: list[Asked]) -> list[bool]:
    """What Node's validator says of these requests."""
    cases = [{"token": TOKEN, "signature": one.signature, "url": one.url, "params": one.form} for one in asked]
    return list(run("validate.js", cases))


def odd_requests(box: Box) -> list[Asked]:
    """Voice requests to all odd addresses, by POST and GET, with odd words among the parameters."""
    words = 'Grüße + Küsse & 100 % = "ja" ☎ 私'
    for url in ODD.values():
        for method in ("POST", "GET"):
            box.app.says("/voice", f'<Gather input="speech" method="{method}" action="{url.replace("&", "&amp;")}"/>')
            box.dials().says(words)
            box.waits(8)
    odd = [one for one in box.app.asked if one.path != "/voice"]
    assert len(odd) == 2 * len(ODD)
    assert {one["SpeechResult"] for one in odd} == {words}
    return odd


def test_odd_addresses_and_words_are_signed_as_the_python_validator_expects(box):
    assert [one.url for one in odd_requests(box) if not one.signed] == []


@pytest.mark.node
def test_odd_addresses_and_words_are_signed_as_the_node_validator_expects(box):
    requests = odd_requests(box)
    assert [one.url for one, valid in zip(requests, by_node(requests), strict=True) if not valid] == []


def test_a_wrong_token_and_a_changed_parameter_are_seen(box):
    box.app.says("/voice", "")
    box.dials()
    asked = box.app.only("/voice")
    assert asked.signed
    assert not RequestValidator("another-token").validate(asked.url, asked.form, asked.signature)
    changed = {**asked.form, "From": "+15745550100"}
    assert not RequestValidator(TOKEN).validate(asked.url, changed, asked.signature)


def test_the_published_vector_holds_for_the_judge_itself():
    params = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675310", "Digits": "1234", "From": "+14158675310",
              "To": "+18005551212"}  # fmt: skip
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert RequestValidator("12345").validate(url, params, "L/OH5YylLD5NRKLltdqwSvS0BnU=")


def test_the_user_and_password_of_an_address_are_sent_but_not_signed(box):
    box.points(voice_url=box.app.base.replace("//", "//joe:secret@") + "/voice?a=1")
    box.app.says("/voice", "")
    box.dials()
    asked = box.app.only("/voice")
    assert asked.signed
    assert asked.headers["authorization"].startswith("Basic ")


def test_over_http_an_explicit_port_is_signed(box):
    box.app.says("/voice", "")
    box.dials()
    assert exactly(box.app.only("/voice"), box.app.only("/voice").url)


def exactly(asked: Asked, url: str) -> bool:
    """Whether the signature was made of this very address; the validator would try with and without port."""
    return str(RequestValidator(TOKEN).compute_signature(url, asked.form)) == asked.signature


def test_a_text_callback_over_http_keeps_its_port_too(box):
    box.client.messages.create(to=JOE, from_=CENTER, body="Hi", status_callback=box.app.base + "/told?x=1")
    box.settles()
    box.waits(5)
    assert box.app.asked
    assert all(exactly(one, one.url) for one in box.app.asked)


# --- over TLS


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """An emulator that trusts one authority, and an application with a certificate of it."""
    folder = tmp_path_factory.mktemp("tls")
    server_side = certify(folder)
    with running(SSL_CERT_FILE=str(folder / "cert.pem")) as box:
        app, server = application.start(TOKEN, server_side)
        box.app = app
        yield box
        server.shutdown()
        server.server_close()


def certify(folder: Path) -> ssl.SSLContext:
    """A certificate for localhost that signs itself, and the context of a server that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    day = timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime.now(UTC) - day).not_valid_after(datetime.now(UTC) + day)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    (folder / "cert.pem").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_over_https_voice_drops_the_port_and_texts_keep_it(secure):
    secure.afresh()
    secure.app.says("/voice", "<Hangup/>")
    secure.dials()
    secure.client.messages.create(to=JOE, from_=CENTER, body="Hi", status_callback=secure.app.base + "/told")
    secure.settles()
    secure.waits(5)
    voice, text = secure.app.only("/voice"), secure.app.visits("/told")[0]
    port = ":" + voice.url.split(":")[2].split("/")[0]
    assert voice.url.startswith("https://localhost:")
    assert exactly(voice, voice.url.replace(port, ""))
    assert exactly(text, text.url)
    assert voice.signed
    assert text.signed


@pytest.mark.node
def test_over_https_the_node_validator_agrees_with_and_without_port(secure):
    secure.afresh()
    secure.app.says("/voice", "<Hangup/>")
    secure.dials()
    asked = secure.app.only("/voice")
    bare = many(asked.form.items())
    port = ":" + asked.url.split(":")[2].split("/")[0]
    cases = [{"token": TOKEN, "signature": asked.signature, "url": url, "params": bare}
             for url in (asked.url, asked.url.replace(port, ""))]  # fmt: skip
    assert run("validate.js", cases) == [True, True]


def test_a_certificate_nobody_trusts_is_refused(box, tmp_path):
    app, server = application.start(TOKEN, certify(tmp_path))
    try:
        box.points(voice_url=app.base + "/voice", voice_fallback_url=box.app.says("/fallback", ""))
        box.dials()
        assert app.asked == []
        assert box.app.only("/fallback")["ErrorCode"] in {"11220", "11235", "11236", "11237"}
    finally:
        server.shutdown()
        server.server_close()


def test_many_keeps_single_values_single():
    assert many([("a", "1"), ("b", "2"), ("b", "1")]) == {"a": "1", "b": ["2", "1"]}
