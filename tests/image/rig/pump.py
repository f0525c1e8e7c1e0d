"""Carries octets between the virtual bank's ptys and the gadgets' ports, and sound to a card.

Run inside the guest with the box's own libraries; it stands for the copper between a SIM's radio
and the USB plug.
"""

from __future__ import annotations

import json
import os
import select
import sys
import termios
import threading
import time
import tty
import urllib.request

import alsaaudio

FRAME = 160  # samples of 20 ms


def lines() -> dict[str, dict]:
    with urllib.request.urlopen("http://127.0.0.1:7700/lines", timeout=10) as answer:
        found = json.load(answer)
    return {line["msisdn"]: line for line in found}


def opened(path: str) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(descriptor, termios.TCSANOW)
    return descriptor


def write(descriptor: int, octets: bytes) -> None:
    try:
        os.write(descriptor, octets)
    except (BlockingIOError, OSError):
        time.sleep(0.005)


def carry(name: str, bank: str, gadget: str) -> None:
    """Both ways, for ever; a port that goes is opened anew."""
    while True:
        try:
            ends = opened(bank), opened(gadget)
            while True:
                for ready in select.select(ends, [], [], 1.0)[0]:
                    octets = os.read(ready, 4096)
                    other = ends[1] if ready == ends[0] else ends[0]
                    view = memoryview(octets)
                    while view:
                        try:
                            view = view[os.write(other, view) :]
                        except BlockingIOError:
                            if not select.select([], [other], [], 1.0)[1]:
                                break
        except OSError as error:
            print(name, error, flush=True)
            time.sleep(0.5)


def opened_card(card: str, direction: int) -> alsaaudio.PCM:
    return alsaaudio.PCM(
        direction, alsaaudio.PCM_NORMAL, device=card, rate=8000, channels=1,
        format=alsaaudio.PCM_FORMAT_S16_LE, periodsize=FRAME, periods=6,
    )  # fmt: skip


def kept_open(card: str, direction: int, use) -> None:
    """Use one direction of a card for ever.

    A loopback card whose other end nobody has open does not move, and the kernel ends whoever has
    waited ten seconds for it with an input/output error: between two calls that is always so.
    """
    while True:
        try:
            pcm = opened_card(card, direction)
            while True:
                use(pcm)
        except alsaaudio.ALSAAudioError:
            time.sleep(0.1)


def sound(bank: str, card: str) -> None:
    """The far end of a loopback card, at the card's own pace."""
    port = opened(bank)
    held = bytearray()

    def listen(ear: alsaaudio.PCM) -> None:
        count, octets = ear.read()
        if count > 0:
            write(port, octets)

    def speak(mouth: alsaaudio.PCM) -> None:
        while len(held) < 2 * FRAME and select.select([port], [], [], 0)[0]:
            held.extend(os.read(port, 8192))
        del held[: max(0, len(held) - 16 * FRAME)]
        frame = bytes(held[: 2 * FRAME]) if len(held) >= 2 * FRAME else bytes(2 * FRAME)
        if len(held) >= 2 * FRAME:
            del held[: 2 * FRAME]
        mouth.write(frame)

    capture, playback = alsaaudio.PCM_CAPTURE, alsaaudio.PCM_PLAYBACK
    threading.Thread(target=kept_open, args=(card, capture, listen), daemon=True).start()
    kept_open(card, playback, speak)


def main() -> None:
    """``pump.py LINE=AT-PORT,VOICE-PORT…``; a voice port that begins with ``alsa:`` is a card."""
    bank = lines()
    threads = []
    for word in sys.argv[1:]:
        number, _, ports = word.partition("=")
        command, _, voice = ports.partition(",")
        line = bank[number]
        threads.append(threading.Thread(target=carry, args=(number, line["port"], command)))
        address = line["audio"]["address"]
        if voice.startswith("alsa:"):
            threads.append(threading.Thread(target=sound, args=(address, voice[5:])))
        elif voice:
            threads.append(threading.Thread(target=carry, args=(number, address, voice)))
    for thread in threads:
        thread.start()


main()
