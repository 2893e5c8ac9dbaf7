"""Broken resumes by the thousand: seeded mutations of valid files of every kind.

    python -m tests.fuzz.resume_mutations [--inputs 10000] [--seed 1] [--bytes]

Half of the inputs keep the file's outer form and change what is inside (PDF objects, zip members, XML trees); `--bytes`
makes all of them changes of bytes anywhere.

Every input goes through a real limited child; anything but a part or a notice is printed and ends the run with 1.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Final

from render.cell_jobs import ResumeLimits
from render.cell_limits import CellLimits
from render.cells import Cells
from render.parts import NoticePart, ResumePart
from render.resume import load
from render.resume_images import prepare_images
from tests.browser.render_files import docx_file, image_file, odt_file, paragraph, pdf_file, picture
from tests.fuzz.rich_seeds import rich_seeds
from tests.fuzz.structure_mutations import change

LIMITS: Final = CellLimits(wall_s=60.0, cpu_s=4, memory_bytes=512 * 1024 * 1024)
_MOST_CHANGES: Final = 8
_WORDS: Final = (
    b"obj", b"endobj", b"stream", b"<<", b">>", b"[", b"/Length 99999999", b"%%EOF", b"\x00" * 64, b"PK\x03\x04",
    b"\xff\xd8\xff", b"</w:p>", b"&x;", b"{\\rtf1", b"\\'ff", b"/Kids", b"1 0 R", b"4294967295", b"-1",
)  # fmt: skip


def seeds() -> list[bytes]:
    """One valid file of each kind; the mutations start there."""
    prepare_images()
    small = picture((60, 80))
    return [
        pdf_file(3),
        pdf_file(1).replace(b"Helvetica", b"Courier12"),
        docx_file(paragraph("one"), paragraphs=5),
        odt_file("<text:p>one</text:p><text:list><text:list-item><text:p>i</text:p></text:list-item></text:list>"),
        rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 Maria \'e9\par {\b bold}\u1234?\par}" * 3,
        b"<html><body><table><tr><td>a<td>b</table><ul><li>x</ul><a href='https://x.example'>l</a></body></html>",
        "Résumé\n\twords — and more".encode("utf-16"),
        *(image_file(kind) for kind in ("PNG", "GIF", "WEBP")),
        image_file("JPEG", quality=30),
        image_file("TIFF", save_all=True, append_images=[small]),
        image_file("HEIF", quality=20),
    ]


def mutations(count: int, seed: int, *, structure: bool = True) -> Iterator[bytes]:
    dice, valid = random.Random(seed), seeds()
    rich = [*rich_seeds(), *valid]
    for number in range(count):
        if structure and number % 2:
            yield change(rich[number // 2 % len(rich)], dice)
        else:
            yield _mutated(bytearray(valid[number // 2 % len(valid)]), dice, valid)


def _mutated(content: bytearray, dice: random.Random, valid: list[bytes]) -> bytes:
    for _ in range(dice.randint(1, _MOST_CHANGES)):
        place = dice.randrange(max(len(content), 1))
        match dice.randrange(6):
            case 0:
                content[place : place + 1] = bytes([dice.randrange(256)])
            case 1:
                del content[place : place + dice.randint(1, 200)]
            case 2:
                content[place:place] = dice.choice(_WORDS)
            case 3:
                content[place:place] = content[place : place + dice.randint(1, 400)]
            case 4:
                other = dice.choice(valid)
                content[place:place] = other[: dice.randint(1, 300)]
            case _:
                content[place:] = content[place : place + dice.randint(0, len(content))]
    return bytes(content)


async def run(count: int, seed: int, *, at_once: int = 4, structure: bool = True) -> Counter[str]:
    """What became of `count` inputs, by outcome. Raises whatever `load` lets through: nothing should."""
    outcomes: Counter[str] = Counter()
    inputs = mutations(count, seed, structure=structure)
    async with Cells(LIMITS, at_once=at_once) as cells:
        await cells.start()

        async def work() -> None:
            for content in inputs:
                part = await load(None, content, limits=ResumeLimits(), worker=cells)
                outcomes[outcome(part)] += 1

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())
    return outcomes


def outcome(part: ResumePart) -> str:
    return f"notice {part.code}" if isinstance(part, NoticePart) else type(part).__name__


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bytes", action="store_true", help="change bytes only, whatever they mean")
    arguments = parser.parse_args()
    started_s = time.monotonic()
    outcomes = asyncio.run(run(arguments.inputs, arguments.seed, structure=not arguments.bytes))
    for name, count in outcomes.most_common():
        sys.stdout.write(f"{count:7} {name}\n")
    took_s = time.monotonic() - started_s
    sys.stdout.write(f"{outcomes.total()} inputs, seed {arguments.seed}, {took_s:.0f} s, no other outcome\n")


if __name__ == "__main__":
    main()
