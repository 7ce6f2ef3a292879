"""What becomes of Ed25519's edge cases: weak and doubly spelled keys, odd points, odd scalars.

The rule: RFC 8032 5.1.7 without the cofactor, as OpenSSL computes it; and before that a public key
is refused that is of small order or not the canonical spelling of its point, because such keys make
one signature fit many messages, or one key have two vkeys. Public keys of mixed order (a small
component beside the prime one) cannot be told from others without the point arithmetic, and are
let pass: only whoever holds the secret can make one sign. The cases are those of "Taming the many
EdDSAs" (Chalkias, Garillot, Nikolaenko), from novifinancial/ed25519-speccheck.
"""

from hashlib import sha512

import pytest

from signing.algorithms import ED25519
from signing.errors import MalformedKeyError, SignatureError
from signing.keys import SigningKey, VerifierKey

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
ORDER_8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
SMALL_Y = [
    0,
    1,
    P - 1,
    int.from_bytes(bytes.fromhex(ORDER_8), "little"),
    P - int.from_bytes(bytes.fromhex(ORDER_8), "little"),
]


def encoded(y, sign=0):
    return (y + (sign << 255)).to_bytes(32, "little")


WEAK = {f"y={y % 1000}, sign {sign}": encoded(y, sign) for y in SMALL_Y for sign in (0, 1)}
NOT_REDUCED = {f"y=p+{n}, sign {s}": encoded(P + n, s) for n in (0, 1, 2, 18) for s in (0, 1)}


@pytest.mark.parametrize("name", [*WEAK, *NOT_REDUCED])
def test_weak_and_doubly_spelled_public_keys_are_none(name):
    with pytest.raises(MalformedKeyError, match="small order or not canonical"):
        VerifierKey("a", ED25519, {**WEAK, **NOT_REDUCED}[name])


def test_the_list_of_small_orders_is_complete():
    """Eight times each is the identity, and no other points have that property: 8 in all."""
    points = {(x, y) for y in SMALL_Y for x in roots(y)}
    assert len(points) == 8
    assert all(doubled(doubled(doubled(point))) == (0, 1) for point in points)


D = -121665 * pow(121666, -1, P) % P


def roots(y):
    """Both x of the points with this y (RFC 8032 5.1.3)."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == square
    return {x, -x % P}


def doubled(point):
    """RFC 8032 5.1.4, the complete addition."""
    x, y = point
    product = D * x * x * y * y
    return (
        2 * x * y * pow(1 + product, -1, P) % P,
        (y * y + x * x) * pow(1 - product, -1, P) % P,
    )


MIXED = "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43"
MIXED_B = "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d"
NORMAL = "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623"
MINUS_ONE = "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
WEAK_KEY, REFUSED, ACCEPTED = "weak key", "refused", "accepted"
# what is odd about it: (what becomes of it, message, public key, R, S)
CASES = {
    "small A, small R, S=0": (
        WEAK_KEY,
        "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        ORDER_8,
        "00" * 32,
    ),
    "small A, mixed R": (
        WEAK_KEY,
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        MIXED,
        "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
    ),
    "mixed A, small R": (
        ACCEPTED,
        "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
        MIXED,
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
    ),
    "mixed A, mixed R, both equations hold": (
        ACCEPTED,
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        MIXED_B,
        "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f",
        "87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
    ),
    "holds with the cofactor only": (
        REFUSED,
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        MIXED_B,
        "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed512",
        "5ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09",
    ),
    "holds with the cofactor only, k reduced first": (
        REFUSED,
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        MIXED_B,
        "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7",
        "e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405",
    ),
    "S above L": (
        REFUSED,
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        NORMAL,
        "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e",
        "547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
    ),
    "S far above L": (
        REFUSED,
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        NORMAL,
        "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa1942",
        "7e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22",
    ),
    "R not canonical, hashed as given": (
        REFUSED,
        "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
        MIXED,
        MINUS_ONE,
        "03be9678ac102edcd92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f",
    ),
    "R not canonical, hashed reduced": (
        REFUSED,
        "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
        MIXED,
        MINUS_ONE,
        "ca8c5b64cd208982aa38d4936621a4775aa233aa0505711d8fdcfdaa943d4908",
    ),
    "R with y = p": (
        REFUSED,
        "fdaebc429f4a735932a160da1301080c13280eea8bc280d1b392c6b9e6ba3a5a",
        MIXED,
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "454d370c8d9fc323a41450f8d513eafeb5b0697390c1e505a0d4ddc71f566607",
    ),
    "A not canonical, hashed reduced": (
        WEAK_KEY,
        "e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b",
        MINUS_ONE,
        "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc",
        "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
    ),
    "A not canonical, hashed as given": (
        WEAK_KEY,
        "39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f",
        MINUS_ONE,
        "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc",
        "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_edge_cases_of_ed25519(name):
    becomes, message, public, *signature = CASES[name]
    raw = bytes.fromhex("".join(signature))
    if becomes == WEAK_KEY:
        with pytest.raises(MalformedKeyError):
            VerifierKey("a", ED25519, bytes.fromhex(public))
        return
    known = VerifierKey("a", ED25519, bytes.fromhex(public))
    if becomes == ACCEPTED:
        known.verify(bytes.fromhex(message), raw)
        with pytest.raises(SignatureError):
            known.verify(bytes.fromhex(message) + b"\0", raw)
    else:
        with pytest.raises(SignatureError):
            known.verify(bytes.fromhex(message), raw)


def test_a_signature_is_not_changed_into_another_by_adding_the_order():
    signer = SigningKey.from_seed("a", sha512(b"edges").digest()[:32])
    raw = signer.sign(b"message")
    signer.vkey.verify(b"message", raw)
    s = int.from_bytes(raw[32:], "little")
    for other in range(s + L, 2**256, L):
        with pytest.raises(SignatureError):
            signer.vkey.verify(b"message", raw[:32] + other.to_bytes(32, "little"))
