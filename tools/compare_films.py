"""Compares a coloured film with its source: what must be equal, and whether it is.

  python tools/compare_films.py film.mp4 coloured.mp4

Prints size, frames, times, duration and sound packets as equal or not, and by how much
the decoded luma differs: 0 after a lossless encoder, a few levels after H.264.
"""

import hashlib
import itertools
import sys

import av
import numpy as np

from colornet.inference.film_writing import film_planes


def facts(path):
    """What of a film must survive, by name."""
    with av.open(path) as film:
        video = film.streams.video[0]
        times = [frame.time for frame in film.decode(video)]
        size, length = (video.width, video.height), float(video.duration or 0)
        seconds = length * float(video.time_base)
    with av.open(path) as film:
        sound = hashlib.sha256()
        packets = 0
        for packet in film.demux(film.streams.audio) if film.streams.audio else ():
            sound.update(bytes(packet))
            packets += packet.size > 0
    return {
        "size": size,
        "frames": len(times),
        "times, s": np.round(times, 6).tolist(),
        "duration, s": round(seconds, 6),
        "sound": (packets, sound.hexdigest()[:16]),
    }


def luma_difference(source, colored):
    """Largest and mean absolute difference of luma, in levels of its own depth."""
    largest, sums, count = 0, 0.0, 0
    with av.open(source) as one, av.open(colored) as two:
        both = zip(one.decode(video=0), two.decode(video=0), strict=True)
        for frames in both:
            coding = film_planes.luma_coding(frames[0])
            planes = [
                film_planes.luma(film_planes.with_luma_plane(frame, coding), coding)
                for frame in frames
            ]
            distance = np.abs(planes[0].astype(int) - planes[1])
            largest = max(largest, int(distance.max()))
            sums, count = sums + distance.sum(), count + distance.size
    return largest, sums / count


def main():
    """Compares the two films that the command line names."""
    if len(sys.argv) != 3:
        sys.exit("compare_films.py SOURCE COLOURED: two films")
    one, two = (facts(path) for path in sys.argv[1:])
    for name, value in one.items():
        shown = f"{len(value)} values" if isinstance(value, list) else value
        print(f"{name:12} {'equal' if value == two[name] else 'DIFFERENT'}: {shown}")
        if value != two[name] and not isinstance(value, list):
            print(f"{'':12} and {two[name]}")
        if value != two[name] and isinstance(value, list):
            apart = [
                abs(a - b)
                for a, b in itertools.zip_longest(value, two[name], fillvalue=0)
            ]
            print(f"{'':12} by at most {max(apart):.6f}")
    largest, mean = luma_difference(*sys.argv[1:])
    print(f"{'luma':12} differs by at most {largest}, on average by {mean:.3f}")


if __name__ == "__main__":
    main()
