"""RFC 9421 requests: the vectors of the standard, one spelling, and every rule broken once."""

import base64
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given as given_
from hypothesis import strategies as st

from signing.algorithms import cosigned_message
from signing.errors import HttpSignatureError, SignatureError, SigningError
from signing.httpsig import (
    LIFETIME_MAX,
    SKEW,
    TAG,
    Parameters,
    Request,
    content_digest,
    format_input,
    key_id_of,
    parse_input,
    sign_request,
    signature_base,
    verify_request,
)
from signing.keys import SigningKey, VerifierKey

KEY = SigningKey.from_seed("node2.example/mirror", b"\x07" * 32, 4)
OTHER = SigningKey.from_seed("node2.example/mirror", b"\x08" * 32, 4)
NOW = 1_700_000_000
NONCE = "abcdefghijklmnop"
GET = Request("GET", "node.example", "/log/a.example/b/bodies?from=0&to=9")
POST = replace(GET, method="POST", body=b"something")


def signed(request: Request = GET, **how) -> dict[str, str]:
    return sign_request(request, KEY, NONCE, NOW, **how)


def verify(request: Request, fields: dict[str, str], at: int = NOW) -> Parameters:
    return verify_request(request, fields, lambda _: KEY.vkey, at)


def code_of(request: Request, fields: dict[str, str], at: int = NOW) -> str:
    with pytest.raises(SigningError) as refused:
        verify(request, fields, at)
    return refused.value.code


@pytest.fixture
def vectors(shared_data) -> dict:
    return json.loads((shared_data / "vectors/rfc9421_http_sig/vectors.json").read_text())


def component(identifier: str, request: dict, status: int) -> str:
    """The value of a component of the standard's own test messages (RFC 9421 B.2)."""
    path, _, query = request["target"].partition("?")
    derived = {
        '"@method"': request["method"],
        '"@path"': path,
        '"@query"': f"?{query}",
        '"@authority"': request["headers"]["Host"],
        '"@status"': str(status),
        '"@query-param";name="Pet"': "dog",
    }
    fields = {f'"{name.lower()}"': value for name, value in request["headers"].items()}
    return derived.get(identifier) or fields[identifier]


def test_the_signature_bases_of_the_standard(vectors):
    """B.2.4 is of a response, whose content-digest stands in the base alone."""
    bases = [one["signature_base"] for one in vectors["vectors"]]
    bases += [one["signature_base"] for one in vectors["signature_base_only"]]
    assert len(bases) == 6
    for base in bases:
        *lines, last = base.split("\n")
        parameters = last.removeprefix('"@signature-params": ')
        names = re.findall(r'"[^"]+"(?:;name="[^"]+")?', parameters[: parameters.index(")")])
        stated = dict(line.rsplit(": ", 1) for line in lines)
        request = vectors["test_request"]
        if '"@status"' in names:
            digest = stated['"content-digest"']
            headers = {"Content-Digest": digest, "Content-Length": "23"}
            request = {**request, "headers": {**request["headers"], **headers}}
        found = [(name, component(name, request, 200)) for name in names]
        assert signature_base(found, parameters).decode() == base


def test_the_ed25519_signature_of_the_standard(vectors):
    vector = next(one for one in vectors["vectors"] if one["id"] == "B.2.6")
    public = base64.b64decode(vector["public_key_spki_b64"])[-32:]
    private = base64.b64decode(vector["private_key_pkcs8_b64"])[-32:]
    signature = base64.b64decode(vector["signature_b64"])
    base = vector["signature_base"].encode()
    VerifierKey("test-key-ed25519", 1, public).verify(base, signature)
    assert SigningKey.from_seed("test-key-ed25519", private).sign(base) == signature
    with pytest.raises(SignatureError):
        VerifierKey("test-key-ed25519", 1, public).verify(base + b" ", signature)


@pytest.mark.parametrize("request_", [GET, POST, Request("GET", "a.example:8001", "/charter")])
def test_what_is_signed_verifies(request_):
    fields = signed(request_)
    parameters = verify(request_, fields)
    assert parameters == Parameters(NOW, NOW + 60, NONCE, key_id_of(KEY.vkey))
    assert ("content-digest" in fields) == bool(request_.body)


def test_the_base_is_the_one_of_the_standard():
    base = signature_base(POST.components(), "()").decode().split("\n")
    assert base == [
        '"@method": POST',
        '"@authority": node.example',
        '"@path": /log/a.example/b/bodies',
        '"@query": ?from=0&to=9',
        f'"content-digest": {content_digest(b"something")}',
        '"@signature-params": ()',
    ]
    bare = Request("GET", "node.example", "/charter").components()
    assert bare[3] == ('"@query"', "?")  # RFC 9421 2.2.7: of an absent query


def test_a_signature_is_never_a_cosignature():
    fields = signed()
    raw = base64.b64decode(fields["signature"][6:-1])
    base = signature_base(GET.components(), fields["signature-input"].removeprefix("node="))
    KEY.vkey.verify(base, raw)
    assert base.startswith(b'"')
    assert cosigned_message(KEY.name, base, NOW).startswith(b"cosignature/v1\n")


CHANGED = {
    "method": replace(GET, method="HEAD"),
    "authority": replace(GET, authority="node3.example"),
    "path": replace(GET, target="/log/a.example/c/bodies?from=0&to=9"),
    "query": replace(GET, target="/log/a.example/b/bodies?from=0&to=10"),
}


@pytest.mark.parametrize("changed", CHANGED.values(), ids=CHANGED)
def test_another_request_does_not_verify(changed):
    assert code_of(changed, signed()) == "bad-signature"


def test_the_body_is_covered():
    fields = signed(POST)
    assert code_of(replace(POST, body=b"other"), fields) == "request-digest"
    assert code_of(POST, {**fields, "content-digest": "sha-512=:AA==:"}) == "request-digest"
    assert code_of(POST, {k: v for k, v in fields.items() if k != "content-digest"}) == (
        "request-digest"
    )
    assert code_of(replace(POST, body=b""), fields) == "request-component"
    assert code_of(POST, signed()) == "request-component"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (NOW - SKEW - 1, "request-future"),
        (NOW + 60 + SKEW, "request-expired"),
        (NOW + 1_000_000, "request-expired"),
    ],
)
def test_a_signature_is_of_its_moment(at, code):
    assert code_of(GET, signed(), at) == code


def test_the_edges_of_a_moment_are_in():
    for at in (NOW - SKEW, NOW, NOW + 60 + SKEW - 1):
        assert verify(GET, signed(), at).forgotten_at == NOW + 60 + SKEW


@pytest.mark.parametrize("lifetime", [0, -5, LIFETIME_MAX + 1])
def test_the_lifetime_is_bounded(lifetime):
    with pytest.raises(HttpSignatureError) as refused:
        signed(lifetime=lifetime)
    assert refused.value.code == "request-lifetime"


def test_whose_key_it_is_decides():
    fields = signed()
    with pytest.raises(SignatureError):
        verify_request(GET, fields, lambda _: OTHER.vkey, NOW)
    forged = {**fields, "signature-input": fields["signature-input"].replace("node2", "node3")}
    assert code_of(GET, forged) == "bad-signature"


INPUT = format_input(Parameters(NOW, NOW + 60, NONCE, "k"), with_body=False)
MALFORMED = {
    "nothing": "",
    "another label": INPUT.replace("node=", "sig1=", 1),
    "two signatures": f"{INPUT}, {INPUT}",
    "order of parameters": re.sub(r";created=\d+(;expires=\d+)", rf"\1;created={NOW}", INPUT),
    "no nonce": re.sub(r';nonce="[^"]*"', "", INPUT),
    "short nonce": INPUT.replace(NONCE, "abc"),
    "odd nonce": INPUT.replace(NONCE, NONCE[:-1] + "="),
    "no key": INPUT.replace('keyid="k"', 'keyid=""'),
    "key with a backslash": INPUT.replace('keyid="k"', 'keyid="\\k"'),
    "another algorithm": INPUT.replace("ed25519", "hmac-sha256"),
    "another tag": INPUT.replace(TAG, "other"),
    "leading zero": INPUT.replace("created=", "created=0"),
    "beyond 63 bits": INPUT.replace(f"created={NOW}", f"created={2**63}"),
    "a space more": INPUT + " ",
    "too long": INPUT.replace('keyid="k"', f'keyid="{"k" * 2000}"'),
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_one_form_is_taken(text):
    with pytest.raises(HttpSignatureError) as refused:
        parse_input(text)
    assert refused.value.code == "request-malformed"


@pytest.mark.parametrize(
    "text",
    [
        INPUT.replace('"@method" ', ""),
        INPUT.replace(' "@query"', ""),
        INPUT.replace('"@method" "@authority"', '"@authority" "@method"'),
        INPUT.replace('"@query"', '"@query" "date"'),
        INPUT.replace('"@method" "@authority" "@path" "@query"', ""),
    ],
)
def test_all_that_counts_is_covered(text):
    with pytest.raises(HttpSignatureError) as refused:
        parse_input(text)
    assert refused.value.code == "request-component"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("node=:", "node="),
        lambda text: text[:-1],
        lambda text: text.replace("=:", "=:*", 1),
        lambda text: text + "A" * 2000 + ":",
    ],
)
def test_a_malformed_signature_is_none(spoil):
    fields = signed()
    assert code_of(GET, {**fields, "signature": spoil(fields["signature"])}) == "request-malformed"


@pytest.mark.parametrize("missing", ["signature", "signature-input"])
def test_half_a_signature_is_none(missing):
    fields = {name: value for name, value in signed().items() if name != missing}
    assert code_of(GET, fields) == "request-unsigned"


@pytest.mark.parametrize(
    "parts",
    [
        ("get", "a.example", "/"),
        ("GET ", "a.example", "/"),
        ("GET", "", "/"),
        ("GET", "A.example", "/"),
        ("GET", "a.example", ""),
        ("GET", "a.example", "x"),
        ("GET", "a.example", '/\n"@query": ?'),
    ],
)
def test_no_request_reads_as_two(parts):
    with pytest.raises(HttpSignatureError):
        Request(*parts)


VISIBLE = st.characters(min_codepoint=33, max_codepoint=126)
PARAMETERS = st.builds(
    Parameters,
    created=st.integers(0, 2**63 - 1),
    expires=st.integers(0, 2**63 - 1),
    nonce=st.from_regex(r"[A-Za-z0-9_-]{16,64}", fullmatch=True),
    key_id=st.text(VISIBLE.filter(lambda c: c not in '"\\'), min_size=1, max_size=300),
)


@given_(PARAMETERS, st.booleans())
def test_parsing_undoes_formatting(parameters, with_body):
    assert parse_input(format_input(parameters, with_body=with_body)) == (parameters, with_body)


@given_(
    st.sampled_from(["GET", "PUT", "POST"]),
    st.text(VISIBLE.filter(lambda c: not c.isupper()), min_size=1, max_size=50),
    st.text(VISIBLE, max_size=100),
    st.binary(max_size=100),
)
def test_any_request_can_be_signed_and_no_other_passes_for_it(method, authority, rest, body):
    request = Request(method, authority, f"/{rest}", body)
    fields = signed(request)
    assert verify(request, fields).nonce == NONCE
    with pytest.raises(SigningError):
        verify(replace(request, target=f"/{rest}x"), fields)
