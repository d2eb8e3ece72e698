from __future__ import annotations

from churnsim.scenario import hashing


def test_the_parts_have_their_published_values(monkeypatch):
    # splitmix64 with seed 0: its first output is the finaliser of the golden-ratio increment
    assert hashing._finalise(0x9E37_79B9_7F4A_7C15) == 0xE220_A839_7B1D_CDAF
    monkeypatch.setattr(hashing, "_finalise", lambda value: value)
    assert hashing.hash_text("") == 0xCBF2_9CE4_8422_2325
    assert hashing.hash_text("a") == 0xAF63_DC4C_8601_EC8C
    assert hashing.hash_text("foobar") == 0x8594_4171_F739_67E8


def test_text_beyond_ascii_is_hashed_as_utf8():
    assert hashing.hash_text("é") != hashing.hash_text("e")
    assert 0 <= hashing.hash_text("é") < 2**64
