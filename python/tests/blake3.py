"""BLAKE3 in plain Python, for tests that write a store's rows themselves. From the specification, section 2."""

from collections.abc import Iterable

IV = (
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
    0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
)  # fmt: skip
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
CHUNK_LEN, BLOCK_LEN = 1024, 64
MASK = 0xFFFFFFFF
COLUMNS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15))
DIAGONALS = ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))


def compress(value: Iterable[int], block: bytes, counter: int, flags: int) -> list[int]:
    """The compression function; the first eight words are the chaining value."""
    padded = block.ljust(BLOCK_LEN, b"\0")
    words = [int.from_bytes(padded[at : at + 4], "little") for at in range(0, BLOCK_LEN, 4)]
    state = [*value, *IV[:4], counter & MASK, counter >> 32, len(block), flags]
    for turn in range(7):
        for at, (a, b, c, d) in enumerate(COLUMNS + DIAGONALS):
            for word, (left, right) in zip(
                words[2 * at : 2 * at + 2], ((16, 12), (8, 7)), strict=True
            ):
                state[a] = (state[a] + state[b] + word) & MASK
                state[d] = rotate(state[d] ^ state[a], left)
                state[c] = (state[c] + state[d]) & MASK
                state[b] = rotate(state[b] ^ state[c], right)
        if turn < 6:
            words = [words[at] for at in PERMUTATION]
    return [low ^ high for low, high in zip(state[:8], state[8:], strict=True)]


def rotate(word: int, by: int) -> int:
    return (word >> by | word << (32 - by)) & MASK


def chunk(data: bytes, counter: int, last_flags: int = 0) -> list[int]:
    """The chaining value of up to 1,024 bytes."""
    blocks = [data[at : at + BLOCK_LEN] for at in range(0, len(data), BLOCK_LEN)] or [b""]
    value = list(IV)
    for at, block in enumerate(blocks):
        flags = CHUNK_START * (at == 0)
        if at == len(blocks) - 1:
            flags |= CHUNK_END | last_flags
        value = compress(value, block, counter, flags)
    return value


def subtree(data: bytes, counter: int, last_flags: int = 0) -> list[int]:
    """The chaining value of any bytes: to the left the largest power of two of chunks that leaves some."""
    if len(data) <= CHUNK_LEN:
        return chunk(data, counter, last_flags)
    chunks = (len(data) - 1) // CHUNK_LEN
    left = 1 << (chunks.bit_length() - 1)
    halves = (
        subtree(data[: left * CHUNK_LEN], counter),
        subtree(data[left * CHUNK_LEN :], counter + left),
    )
    block = b"".join(word.to_bytes(4, "little") for half in halves for word in half)
    return compress(IV, block, 0, PARENT | last_flags)


def blake3(data: bytes) -> bytes:
    """The digest of `data`, 32 bytes."""
    return b"".join(word.to_bytes(4, "little") for word in subtree(data, 0, ROOT))
