"""Kills `colornet colorize` again and again, and compares what comes of it in the end.

  python tools/kill_film.py --kills=20

Makes a grey film with sound, colours it once without a break, and then kills (SIGKILL)
the same command at random moments: some before the first segment is complete, at least
half after, three while segments are joined. Prints a line for each, and whether every
frame, its time, and every packet of sound of the film that came of it are the same.
"""

import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import av
import numpy as np
from absl import app, flags

from colornet.inference import demo_film

FLAGS = flags.FLAGS
_JOINS = 3  # So many of the kills come while segments are joined.
_POLL_SECONDS = 0.002


def main(_):
    """Makes the films and prints the table."""
    random.seed(FLAGS.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        source = folder / "in.mp4"
        write_source(folder / "silent.mp4", source)
        whole, broken = folder / f"a{FLAGS.ending}", folder / f"b{FLAGS.ending}"
        began = time.monotonic()
        subprocess.run(command(source, whole), check=True)
        work = time.monotonic() - began
        print(f"{FLAGS.seconds:g} s of film, without a break {work:.0f} s\n")
        print(
            "kill  where                     after  segments before  at the kill",
            flush=True,
        )
        in_work = FLAGS.kills - _JOINS
        early = in_work // 4  # Before there is a segment, nothing is kept.
        for number in range(FLAGS.kills):
            joins = number >= in_work
            found = len(finished(broken))
            if joins:
                where, seconds = kill_in_join(source, broken)
            else:
                where, seconds = kill_in_work(source, broken, work, number < early)
            print(
                f"{number + 1:4}  {where:22} {seconds:7.1f} s  {found:15}  "
                f"{len(finished(broken)):11}",
                flush=True,
            )
        subprocess.run(command(source, broken), check=True)
        same = [a == b for a, b in zip(facts(whole), facts(broken), strict=True)]
        for what, is_same, fact in zip(
            ("frames and times", "sound"), same, facts(whole), strict=True
        ):
            print(f"{what}: {len(fact)}, {'all equal' if is_same else 'DIFFERENT'}")
        left = [path.name for path in folder.iterdir() if path.name.startswith(".")]
        print(f"left beside the output: {', '.join(left) or 'nothing'}")
        sys.exit(not all(same) or bool(left))


def write_source(silent, path):
    """Writes a film of several shots, 24 frames a second, with noise for sound."""
    demo_film.write_film(silent, FLAGS.seconds)
    with av.open(str(silent)) as film, av.open(str(path), "w") as target:
        picture = film.streams.video[0]
        copy = target.add_stream_from_template(picture)
        sound = target.add_stream("aac", rate=48000, layout="mono")
        for packet in film.demux(picture):
            if packet.size:
                packet.stream = copy
                target.mux(packet)
        noise = np.random.default_rng(FLAGS.seed)
        for start in range(0, int(48000 * FLAGS.seconds), 1024):
            wave = noise.normal(0, 0.1, (1, 1024)).astype(np.float32)
            samples = av.AudioFrame.from_ndarray(wave, "fltp", "mono")
            samples.sample_rate, samples.pts = 48000, start
            target.mux(sound.encode(samples))
        target.mux(sound.encode(None))


def command(source, target):
    """`colornet colorize`, as a user would give it."""
    return [
        *(sys.executable, "-m", "colornet.cli", "colorize", str(source)),
        *(f"--output={target}", f"--model={FLAGS.model}", f"--codec={FLAGS.codec}"),
    ]


def finished(target):
    """The segments that are complete."""
    return list(folder_of(target).glob("[0-9]*.segment"))


def folder_of(target):
    """Where they are."""
    return target.with_name(f".unfinished-{target.name}.segments")


def kill_in_work(source, target, work, early):
    """Kills it at a random moment; early, before the first segment is complete.

    Otherwise after it, and before the film is whole.
    """
    about = folder_of(target) / "conditions.json"
    before = about.stat().st_mtime_ns if about.exists() else None
    since = time.time()
    process = subprocess.Popen(command(source, target), stderr=subprocess.DEVNULL)
    began = time.monotonic()
    while not about.exists() or about.stat().st_mtime_ns == before:
        time.sleep(_POLL_SECONDS)  # TensorFlow and the model are being loaded.
    while not early and not finished(target):
        time.sleep(_POLL_SECONDS)
    after = time.monotonic() + random.uniform(0, work / (16 if early else 8))
    while time.monotonic() < after and not joining(target, since):
        time.sleep(_POLL_SECONDS)
    return "at work", killed(process, began)


def kill_in_join(source, target):
    """Kills it at a random moment while the output is being written."""
    since = time.time()  # An unfinished output of a join before may still be there.
    process = subprocess.Popen(command(source, target), stderr=subprocess.DEVNULL)
    began = time.monotonic()
    limit = random.uniform(0.1, 0.9)
    while process.poll() is None and not joining(target, since):
        time.sleep(_POLL_SECONDS)
    size = sum(path.stat().st_size for path in finished(target))
    while process.poll() is None and joining(target, since) < limit * size:
        pass
    return f"joining, {limit:.0%} written", killed(process, began)


def joining(target, since):
    """Bytes of the output before it has its name, if it was begun after `since`."""
    path = target.with_name(f".unfinished-{target.name}")
    try:
        state = path.stat()
    except FileNotFoundError:
        return 0
    return state.st_size if state.st_mtime > since else 0


def killed(process, began):
    """Kills a process, which must be at work; says how many seconds it had."""
    process.send_signal(signal.SIGKILL)
    if process.wait() != -signal.SIGKILL:
        sys.exit(f"ended with {process.returncode} before it was killed; --seconds=60?")
    return time.monotonic() - began


def facts(path):
    """Frames with their times, and packets of sound with theirs."""
    with av.open(str(path)) as film:
        frames = [
            (f.pts * f.time_base, hash(f.to_ndarray().tobytes()))
            for f in film.decode(video=0)
        ]
    with av.open(str(path)) as film:
        sound = [(p.pts, hash(bytes(p))) for p in film.demux(audio=0) if p.size]
    return frames, sound


if __name__ == "__main__":
    flags.DEFINE_integer("kills", 20, "How often it is killed.")
    flags.DEFINE_float("seconds", 60, "Length of the film.")
    flags.DEFINE_string("model", "default", "A bundled model's name, or an export.")
    flags.DEFINE_string("codec", "h264", "As of `colornet colorize`.")
    flags.DEFINE_string("ending", ".mp4", "Of the output's name.")
    flags.DEFINE_integer("seed", 0, "Of the random moments.")
    app.run(main)
