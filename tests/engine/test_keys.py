"""Random numbers: Philox against the published vectors, and the keys built on it."""

import numpy as np
import pytest
from scipy import stats

from churnsim.engine import keys
from tests.engine.python import callable_from_python

U = np.uint64
philox = callable_from_python(keys.philox)
block = callable_from_python(keys.block)
uniform = callable_from_python(keys.uniform)
path_key = callable_from_python(keys.path_key)
mix64 = callable_from_python(keys.mix64)

# Random123, kat_vectors: philox4x32 with 10 rounds (counter, key, result)
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_known_answers(counter: tuple, key: tuple, words: tuple) -> None:
    assert tuple(int(w) for w in philox(*map(U, counter), *map(U, key))) == words


def test_the_counter_is_who_purpose_and_ordinal() -> None:
    who, ordinal, purpose = 0x0370_7344_1319_8A2E, 0x1234_8765_4321, 7
    counter = (0x8765_4321, purpose << 16 | 0x1234, 0x1319_8A2E, 0x0370_7344)
    key = 0x299F_31D0_A409_3822
    expected = philox(*map(U, counter), U(0xA409_3822), U(0x299F_31D0))
    assert block(U(key), U(who), purpose, U(ordinal)) == expected


def test_the_numpy_twin_gives_the_same_numbers() -> None:
    who = np.arange(50, dtype=np.uint64) * U(0x9E37_79B9_7F4A_7C15)
    key, ordinal = U(0x0123_4567_89AB_CDEF), 3 << 40 | 5
    arrays = keys.philox_arrays(key, who, keys.ENTRY, ordinal)
    for n, account in enumerate(who):
        words = block(key, account, keys.ENTRY, U(ordinal))
        assert [uniform(word) for word in words] == list(arrays[:, n])


def test_draws_have_the_key_of_a_path_without_luck() -> None:
    draws = np.array([0, 1, 77, 2**40])
    expected = [path_key(12345, int(d), U(keys.DRAW_REPLICATE)) for d in draws]
    assert list(keys.draw_keys(12345, draws)) == expected


def test_keys_of_seeds_draws_and_replicates_differ() -> None:
    found = {path_key(s, d, r) for s in range(12) for d in range(12) for r in range(12)}
    assert len(found) == 12**3


def test_uniforms_stay_inside_the_open_interval() -> None:
    assert 0.0 < uniform(U(0)) < 1e-9
    assert 1.0 - 1e-9 < uniform(U(0xFFFF_FFFF)) < 1.0


def test_lanes_purposes_and_neighbours_are_independent_uniforms() -> None:
    who = np.arange(40_000, dtype=np.uint64)
    one, other = (keys.philox_arrays(U(5), who, purpose) for purpose in (keys.ENTRY, keys.CLOCKS))
    next_key = keys.philox_arrays(U(6), who, keys.ENTRY)
    columns = np.vstack([one, other, next_key, np.roll(one, 1, axis=1)])
    for column in columns:
        assert stats.kstest(column, "uniform").pvalue > 6e-5
    # correlations have standard error 1/sqrt(n); 120 pairs
    correlation = np.corrcoef(columns)[np.triu_indices(len(columns), 1)] * np.sqrt(len(who))
    assert np.abs(correlation).max() < 5.0


def test_purposes_are_all_different() -> None:
    purposes = [v for name, v in vars(keys).items() if name[0] != "_" and isinstance(v, np.uint64)]
    assert len(purposes) > 10
    plain = [name for name, v in vars(keys).items() if name.isupper() and isinstance(v, int) and v < 2**16]
    assert not plain
    assert len(set(purposes)) == len(purposes)


def test_mix64_is_splitmix64() -> None:
    # first outputs of SplitMix64 from state 0, published with the reference code
    state, found = U(0), []
    for _ in range(3):
        found.append(int(mix64(state)))
        state = U((int(state) + 0x9E37_79B9_7F4A_7C15) % 2**64)
    assert found == [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]
