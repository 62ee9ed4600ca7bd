"""Content codings: what is decoded, what is refused, which one a client likes best."""

from __future__ import annotations

import contextlib
import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgi_gateway.mapping.codings import (
    CodingBroken,
    CodingUnknown,
    DecodedTooLarge,
    EncodedParts,
    accepted_coding,
    coding_of,
    decoded,
    encoded,
)

TEXT = b'{"name": "Rex"}' * 20_000


def raw_deflate(data):
    encoder = zlib.compressobj(wbits=-15)
    return encoder.compress(data) + encoder.flush()


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZip ", "gzip"),
        ("deflate", "deflate"),
        ("identity", None),
        ("identity, gzip", "gzip"),
        (" , ", None),
    ],
)
def test_the_coding_a_header_names(header, coding):
    assert coding_of(header) == coding


@pytest.mark.parametrize("header", ["br", "compress", "zstd", "gzip, gzip", "deflate,gzip", "gzip;q=1", "*"])
def test_other_codings_are_unknown(header):
    with pytest.raises(CodingUnknown):
        coding_of(header)


@pytest.mark.parametrize("data", [b"", b"x", TEXT], ids=["empty", "a byte", "300 kB"])
@pytest.mark.parametrize(
    ("encode", "coding"),
    [
        pytest.param(gzip.compress, "gzip", id="gzip"),
        pytest.param(zlib.compress, "deflate", id="deflate with its header"),
        pytest.param(raw_deflate, "deflate", id="deflate without one"),
        pytest.param(
            lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:]), "gzip", id="two members"
        ),
    ],
)
def test_what_is_encoded_is_decoded(encode, coding, data):
    assert decoded(encode(data), coding, limit=len(data)) == data


@given(data=st.binary(max_size=2000), coding=st.sampled_from(["gzip", "deflate"]))
def test_whatever_is_encoded_here_is_decoded_here(data, coding):
    assert decoded(encoded(data, coding), coding, limit=2000) == data
    parts = [data[:7], data[7:7], data[7:]]
    for flushes in (False, True):
        assert decoded(b"".join(EncodedParts(parts, coding, flushes=flushes)), coding, limit=2000) == data


@given(data=st.binary(max_size=300), coding=st.sampled_from(["gzip", "deflate"]))
def test_whatever_comes_is_decoded_or_broken(data, coding):
    with contextlib.suppress(CodingBroken, DecodedTooLarge):
        assert len(decoded(data, coding, limit=1000)) <= 1000


@pytest.mark.parametrize(
    ("data", "coding"),
    [
        pytest.param(b"", "gzip", id="nothing"),
        pytest.param(b"plain text", "gzip", id="no gzip"),
        pytest.param(b"plain text", "deflate", id="no deflate"),
        pytest.param(gzip.compress(TEXT)[:-1], "gzip", id="a byte too short"),
        pytest.param(gzip.compress(TEXT)[:-8] + bytes(8), "gzip", id="a false checksum"),
        pytest.param(gzip.compress(TEXT) + b"x", "gzip", id="something behind the end"),
        pytest.param(zlib.compress(TEXT) + zlib.compress(TEXT), "deflate", id="two deflates"),
        pytest.param(zlib.compress(TEXT) + gzip.compress(TEXT), "deflate", id="a gzip behind a deflate"),
        pytest.param(zlib.compress(TEXT)[:-4], "deflate", id="no checksum"),
        pytest.param(gzip.compress(b"") * 1001, "gzip", id="more members than anybody needs"),
    ],
)
def test_what_is_not_what_it_says_is_broken(data, coding):
    with pytest.raises(CodingBroken):
        decoded(data, coding, limit=10_000_000)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_the_limit_counts_what_comes_out(coding):
    data = encoded(bytes(1000), coding)
    assert decoded(data, coding, limit=1000) == bytes(1000)
    with pytest.raises(DecodedTooLarge):
        decoded(data, coding, limit=999)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_takes_no_more_memory_than_its_limit(coding):
    bomb = encoded(bytes(200_000_000), coding)
    assert len(bomb) < 200_000
    tracemalloc.start()
    try:
        with pytest.raises(DecodedTooLarge):
            decoded(bomb, coding, limit=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        pytest.param("", None, id="nothing is accepted"),
        pytest.param("gzip", "gzip", id="one"),
        pytest.param("x-gzip", "gzip", id="an old name"),
        pytest.param("GZIP;Q=0.5", "gzip", id="any case"),
        pytest.param("deflate", "deflate", id="the other"),
        pytest.param("deflate, gzip", "gzip", id="gzip among equals"),
        pytest.param("gzip;q=0.5, deflate", "deflate", id="the one liked better"),
        pytest.param("gzip, deflate, br", "gzip", id="what browsers send"),
        pytest.param("br, gzip", "gzip", id="an unknown one is liked as much"),
        pytest.param("br, gzip;q=0.9", None, id="an unknown one is liked better"),
        pytest.param("br;q=0.8, gzip;q=0.9", "gzip", id="an unknown one is liked less"),
        pytest.param("br;q=0, gzip;q=0.001", "gzip", id="an unknown one is refused"),
        pytest.param("*", "gzip", id="anything"),
        pytest.param("*;q=0", None, id="nothing at all"),
        pytest.param("gzip;q=0, *", "deflate", id="anything else"),
        pytest.param("gzip;q=0", None, id="refused"),
        pytest.param("gzip;q=0.000", None, id="refused at length"),
        pytest.param("identity", None, id="as it is"),
        pytest.param("identity, gzip;q=0.5", None, id="as it is liked better"),
        pytest.param("identity;q=0.5, gzip", "gzip", id="as it is liked less"),
        pytest.param("br, gzip;q=0.1, identity;q=0", "gzip", id="not as it is"),
        pytest.param("br, gzip;q=0.1, *;q=0", "gzip", id="nothing but these"),
        pytest.param("br, identity;q=0", None, id="nothing that is known"),
        pytest.param("gzip;q=2", None, id="a weight that is none"),
        pytest.param("gzip;level=9", None, id="a parameter that is none"),
        pytest.param("gzip;q=1.000", "gzip", id="a weight of full length"),
        pytest.param(" gzip ; q=0.7 ,, deflate;q=0.2", "gzip", id="blanks and empty entries"),
    ],
)
def test_the_coding_a_client_likes_best(header, coding):
    assert accepted_coding(header) == coding


class Body:
    def __init__(self, parts):
        self.parts = iter(parts)
        self.closed = 0

    def __iter__(self):
        return self.parts

    def close(self):
        self.closed += 1


def test_a_streamed_part_can_be_read_when_it_is_there():
    parts = EncodedParts([b"one", b"two"], "gzip", flushes=True)
    decoder = zlib.decompressobj(31)
    assert decoder.decompress(next(parts)) == b"one"
    assert decoder.decompress(next(parts)) == b"two"
    decoder.decompress(b"".join(parts))
    assert decoder.eof


def test_a_streamed_body_that_breaks_has_no_end():
    def parts():
        yield b"one"
        raise OSError("gone")

    coded = EncodedParts(parts(), "gzip", flushes=False)
    sent = next(coded)
    with pytest.raises(OSError, match="gone"):
        next(coded)
    sent += b"".join(coded)
    with pytest.raises(CodingBroken):
        decoded(sent, "gzip", limit=100)


def test_the_body_is_closed_once_and_ends_there():
    body = Body([b"x", b"y"])
    coded = EncodedParts(body, "gzip", flushes=False)
    next(coded)
    coded.close()
    coded.close()
    assert (body.closed, list(coded)) == (1, [])
